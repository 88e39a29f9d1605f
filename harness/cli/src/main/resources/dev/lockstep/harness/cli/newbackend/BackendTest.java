package __package__;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;
import dev.lockstep.tck.Golden;
import java.util.List;

/// The contract that every backend obeys.
class __Name__BackendTest extends BackendContract {
  @Override
  public Backend backend() {
    return new __Name__Backend();
  }

  /// Without the embedded model, whose whole sequences take too long without a cache; delete this when
  /// yours has one. `lockstep verify` compares on any model meanwhile.
  @Override
  public List<Golden> goldens() {
    return Golden.all().stream().filter(g -> !g.name().startsWith("shakespeare")).toList();
  }
}
