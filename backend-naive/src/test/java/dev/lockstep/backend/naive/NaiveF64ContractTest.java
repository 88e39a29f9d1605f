package dev.lockstep.backend.naive;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;
import dev.lockstep.tck.Tolerance;
import java.util.Map;

class NaiveF64ContractTest extends BackendContract {

  @Override
  public Backend backend() {
    return new NaiveBackend();
  }

  @Override
  public Map<String, String> options() {
    return Map.of("precision", "f64");
  }

  @Override
  public Tolerance tolerance() {
    return Tolerance.F64;
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }
}
