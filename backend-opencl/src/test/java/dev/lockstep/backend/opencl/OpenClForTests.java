package dev.lockstep.backend.opencl;

import dev.lockstep.api.Availability.Unavailable;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.tck.Requirement;
import java.util.concurrent.atomic.AtomicLong;
import org.jocl.CL;
import org.jocl.cl_buffer_region;

/// What the tests need of OpenCL.
final class OpenClForTests {
  private OpenClForTests() {}

  /// Skips a test, or fails it where there has to be one, if there is no device.
  static void requireDevice() {
    Requirement.require(
        "opencl",
        DeviceChoice.availability("auto") instanceof Unavailable(String reason, String remedy)
            ? "%s (%s)".formatted(reason, remedy)
            : null);
  }

  /// [dev.lockstep.gpu.testing.Slices] of a device's buffers.
  static DeviceBuffer slice(DeviceBuffer whole, long fromByte, long bytes) {
    return new ClBuffer(
        whole.name(),
        bytes,
        CL.clCreateSubBuffer(
            ((ClBuffer) whole).memory(),
            CL.CL_MEM_READ_WRITE,
            CL.CL_BUFFER_CREATE_TYPE_REGION,
            new cl_buffer_region(fromByte, bytes),
            null),
        new AtomicLong());
  }
}
