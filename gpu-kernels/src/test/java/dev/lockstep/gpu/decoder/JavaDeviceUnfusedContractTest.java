package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Backend;
import dev.lockstep.gpu.testing.JavaBackend;
import dev.lockstep.tck.BackendContract;
import dev.lockstep.tck.Golden;
import java.util.List;
import java.util.Map;

/// Every operation a kernel of its own.
class JavaDeviceUnfusedContractTest extends BackendContract {

  @Override
  public Backend backend() {
    return new JavaBackend();
  }

  @Override
  public Map<String, String> options() {
    return Map.of("fuse", "off");
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }

  @Override
  public List<Golden> goldens() {
    return Golden.all().stream().filter(g -> g.name().equals("head-size-17")).toList();
  }
}
