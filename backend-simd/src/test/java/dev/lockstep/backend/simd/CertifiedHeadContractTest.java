package dev.lockstep.backend.simd;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;
import java.util.Map;

/// The contract with the certified head switched on.
class CertifiedHeadContractTest extends BackendContract {

  @Override
  public Backend backend() {
    return new SimdBackend();
  }

  @Override
  public Map<String, String> options() {
    return Map.of("head", "certified");
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }
}
