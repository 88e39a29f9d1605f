package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Backend;
import dev.lockstep.gpu.testing.JavaBackend;
import dev.lockstep.tck.BackendContract;
import dev.lockstep.tck.Golden;
import java.util.List;
import java.util.Map;

/// Prefill's products as one chain a sum: a prompt then need not have the bits of its tokens one by
/// one, and everything else holds as before.
class JavaDeviceFastOrderContractTest extends BackendContract {

  @Override
  public Backend backend() {
    return new JavaBackend();
  }

  @Override
  public Map<String, String> options() {
    return Map.of("order", "fast");
  }

  @Override
  public List<Golden> goldens() {
    return Golden.all().stream().filter(g -> g.name().equals("head-size-17")).toList();
  }
}
