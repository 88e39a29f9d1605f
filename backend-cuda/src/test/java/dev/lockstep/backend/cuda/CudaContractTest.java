package dev.lockstep.backend.cuda;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;

class CudaContractTest extends BackendContract {

  @Override
  public Backend backend() {
    return new CudaBackend();
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }
}
