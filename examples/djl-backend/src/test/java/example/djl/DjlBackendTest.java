package example.djl;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;

class DjlBackendTest extends BackendContract {
  @Override
  public Backend backend() {
    return new DjlBackend();
  }
}
