package dev.lockstep.gpu.driver;

import dev.lockstep.gpu.device.Argument;
import dev.lockstep.gpu.device.DeviceBuffer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;

/// A kernel's arguments as a driver wants them: an array of pointers, each to one parameter's
/// value. The block is written anew for each launch; the driver has copied the values when the
/// call returns.
final class KernelParameters {
  private static final int MAX_COUNT = 64;

  private final MemorySegment values;
  private final MemorySegment pointers;

  KernelParameters(Arena arena) {
    values = arena.allocate(ValueLayout.JAVA_LONG, MAX_COUNT);
    pointers = arena.allocate(ValueLayout.ADDRESS, MAX_COUNT);
    for (int i = 0; i < MAX_COUNT; i++) {
      pointers.setAtIndex(ValueLayout.ADDRESS, i, values.asSlice((long) i * Long.BYTES));
    }
  }

  /// Writes the arguments and returns the array of pointers.
  ///
  /// @throws IllegalArgumentException if there are more than fit or a buffer is not the device's
  /// @throws IllegalStateException if a buffer is closed
  MemorySegment of(List<Argument> arguments, DriverDevice device) {
    if (arguments.size() > MAX_COUNT) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%d arguments: at most %d fit", arguments.size(), MAX_COUNT));
    }
    for (int i = 0; i < arguments.size(); i++) {
      switch (arguments.get(i)) {
        // Every supported host is little-endian: an int is the first four bytes of its place.
        case Argument.Int(int value) -> values.setAtIndex(ValueLayout.JAVA_INT, 2L * i, value);
        case DeviceBuffer buffer ->
            values.setAtIndex(ValueLayout.JAVA_LONG, i, device.own(buffer).memory().address());
      }
    }
    return pointers;
  }
}
