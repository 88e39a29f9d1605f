package dev.lockstep.backend.simd;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;

class SimdContractTest extends BackendContract {

  @Override
  public Backend backend() {
    return new SimdBackend();
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }
}
