package dev.lockstep.gpu.driver;

import dev.lockstep.gpu.device.Argument;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.GpuKernel;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.device.Launch;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Devices over a [RecordingContext], whose one kernel adds a number to every word of a buffer.
final class FakeGpu {
  static final KernelSource SOURCE =
      new KernelSource("add.cu", Dialect.CUDA, "…", List.of(RecordingContext.ADD));

  static final DeviceTraits TRAITS =
      new DeviceTraits("Fake GPU", Dialect.CUDA, true, 32, 4, 4, 1024, 49_152, 1 << 30);

  private FakeGpu() {}

  /// @param codes what the compiler makes of any source, the preferred first; `code` if there are
  ///     none
  static DriverDevice device(
      RecordingContext context, boolean graphs, boolean synchronous, String... codes) {
    List<String> texts = codes.length == 0 ? List.of("code") : List.of(codes);
    CodeMaker maker = source -> texts.stream().map(FakeGpu::attempt).toList();
    return new DriverDevice(context, TRAITS, maker, graphs, synchronous);
  }

  private static CodeMaker.Attempt attempt(String text) {
    return () -> new CodeMaker.Code(text.getBytes(StandardCharsets.UTF_8), "form of " + text);
  }

  static Launch add(GpuKernel kernel, DeviceBuffer buffer, int addend) {
    return new Launch(kernel, "h.3.add", 2, 256, List.of(buffer, new Argument.Int(addend)));
  }

  static int[] read(DriverDevice device, DeviceBuffer buffer) {
    int[] values = new int[(int) (buffer.byteSize() / Integer.BYTES)];
    device.download(buffer, 0, MemorySegment.ofArray(values));
    return values;
  }
}
