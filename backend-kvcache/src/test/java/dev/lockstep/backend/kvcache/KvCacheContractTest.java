package dev.lockstep.backend.kvcache;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;

class KvCacheContractTest extends BackendContract {

  @Override
  public Backend backend() {
    return new KvCacheBackend();
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }
}
