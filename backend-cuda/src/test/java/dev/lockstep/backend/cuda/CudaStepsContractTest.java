package dev.lockstep.backend.cuda;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;
import java.util.Map;

/// Every step taken back: launches one by one, operations apart, sizes as arguments.
class CudaStepsContractTest extends BackendContract {

  @Override
  public Backend backend() {
    return new CudaBackend();
  }

  @Override
  public Map<String, String> options() {
    return Map.of("graph", "off", "fuse", "off", "specialise", "off");
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }
}
