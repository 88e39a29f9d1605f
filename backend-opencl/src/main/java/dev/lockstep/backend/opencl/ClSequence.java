package dev.lockstep.backend.opencl;

import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.device.LaunchSequence;
import java.util.ArrayList;
import java.util.List;
import org.jocl.CL;
import org.jocl.cl_kernel;

/// Launches with kernel objects of their own, whose arguments are set once: a replay only enqueues.
final class ClSequence implements LaunchSequence {
  private record Ready(Launch launch, cl_kernel kernel) {}

  private final OpenClDevice device;
  private final List<Ready> ready = new ArrayList<>();

  ClSequence(OpenClDevice device, List<Launch> launches) {
    this.device = device;
    for (Launch launch : launches) {
      cl_kernel kernel = ((ClProgram.ClKernel) launch.kernel()).another();
      ready.add(new Ready(launch, kernel));
      device.setArguments(kernel, launch);
    }
  }

  @Override
  public void replay() {
    ready.forEach(each -> device.enqueue(each.kernel(), each.launch()));
    device.flush();
  }

  @Override
  public void close() {
    ready.forEach(each -> CL.clReleaseKernel(each.kernel()));
    ready.clear();
  }
}
