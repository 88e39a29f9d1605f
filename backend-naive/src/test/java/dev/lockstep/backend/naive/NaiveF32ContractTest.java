package dev.lockstep.backend.naive;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;

class NaiveF32ContractTest extends BackendContract {

  @Override
  public Backend backend() {
    return new NaiveBackend();
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }
}
