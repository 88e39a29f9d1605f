package dev.lockstep.backend.opencl;

import java.util.ArrayList;
import java.util.List;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;

/// A queue that takes the time in which each launch runs.
final class ClTimer {
  private final cl_command_queue queue;
  private final List<cl_event> launched = new ArrayList<>();

  /// @param queue made with `CL_QUEUE_PROFILING_ENABLE`; it is released with this
  ClTimer(cl_command_queue queue) {
    this.queue = queue;
  }

  cl_command_queue queue() {
    return queue;
  }

  /// The event of the next launch.
  cl_event next() {
    cl_event event = new cl_event();
    launched.add(event);
    return event;
  }

  /// Waits for all launches.
  void await() {
    CL.clFinish(queue);
  }

  /// How long each launch ran, in nanoseconds, when all have ended; they are forgotten then.
  long[] nanos() {
    long[] nanos = new long[launched.size()];
    for (int i = 0; i < nanos.length; i++) {
      cl_event event = launched.get(i);
      nanos[i] =
          moment(event, CL.CL_PROFILING_COMMAND_END) - moment(event, CL.CL_PROFILING_COMMAND_START);
    }
    launched.forEach(CL::clReleaseEvent);
    launched.clear();
    return nanos;
  }

  private static long moment(cl_event event, int which) {
    long[] nanos = new long[1];
    CL.clGetEventProfilingInfo(event, which, Sizeof.cl_ulong, Pointer.to(nanos), null);
    return nanos[0];
  }

  void close() {
    CL.clReleaseCommandQueue(queue);
  }
}
