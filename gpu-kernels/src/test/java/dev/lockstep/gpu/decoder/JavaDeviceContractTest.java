package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Backend;
import dev.lockstep.gpu.testing.JavaBackend;
import dev.lockstep.tck.BackendContract;
import dev.lockstep.tck.Golden;
import java.util.List;

/// The whole contract on the kernels' Java models: the decoder, and the mathematics of the kernels,
/// without a compiler or a device.
class JavaDeviceContractTest extends BackendContract {

  @Override
  public Backend backend() {
    return new JavaBackend();
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }

  /// The embedded model's are left to the devices.
  @Override
  public List<Golden> goldens() {
    return Golden.all().stream().filter(g -> !g.name().startsWith("shakespeare")).toList();
  }
}
