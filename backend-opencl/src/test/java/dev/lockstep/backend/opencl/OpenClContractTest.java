package dev.lockstep.backend.opencl;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;

/// The contract and every golden on the device that is there, usually PoCL.
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
