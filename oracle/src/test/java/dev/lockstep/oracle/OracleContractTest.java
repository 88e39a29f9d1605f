package dev.lockstep.oracle;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;

class OracleContractTest extends BackendContract {

  @Override
  public Backend backend() {
    return new OracleBackend();
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }
}
