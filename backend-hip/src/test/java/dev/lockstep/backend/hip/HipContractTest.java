package dev.lockstep.backend.hip;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;

class HipContractTest extends BackendContract {

  @Override
  public Backend backend() {
    return new HipBackend();
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }
}
