package dev.lockstep.backend.simd;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;
import java.util.Map;

/// The contract with everything switched off.
class PlainestContractTest extends BackendContract {

  @Override
  public Backend backend() {
    return new SimdBackend();
  }

  @Override
  public Map<String, String> options() {
    return Map.of("aligned", "off", "unroll", "1", "vector", "off", "threads", "1");
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }
}
