package dev.lockstep.backend.opencl;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;

class OpenClContractTest extends BackendContract {

  @Override
  public Backend backend() {
    return new OpenClBackend();
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }
}
