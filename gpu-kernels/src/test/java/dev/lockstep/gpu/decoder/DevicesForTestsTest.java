package dev.lockstep.gpu.decoder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.gpu.device.DeviceBuffer;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.kernel.KernelOptions;
import dev.lockstep.gpu.testing.CanaryDevice;
import dev.lockstep.gpu.testing.JavaDevice;
import dev.lockstep.gpu.testing.Slices;
import dev.lockstep.gpu.testing.TwinDevice;
import dev.lockstep.tck.RandomModel;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The devices that find mistakes find them.
class DevicesForTestsTest {
  private static final Gpt2Config SHAPE = RandomModel.config(1, 3, 33, 40, 61);
  private static final DeviceTraits TRAITS = DeviceTraits.typical(Dialect.OPENCL);

  /// A device that does something wrong after the launches of one kernel.
  private static GpuDevice wrong(
      GpuDevice right, String kernel, BiConsumer<GpuDevice, Launch> mischief) {
    return (GpuDevice)
        Proxy.newProxyInstance(
            GpuDevice.class.getClassLoader(),
            new Class<?>[] {GpuDevice.class},
            (proxy, method, arguments) -> {
              try {
                Object result = method.invoke(right, arguments);
                if (arguments != null
                    && arguments[0] instanceof Launch launch
                    && launch.kernel().name().equals(kernel)) {
                  mischief.accept(right, launch);
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static void forward(GpuDevice device) {
    try (GpuModel model =
            GpuModel.load(
                RandomModel.tied(SHAPE, 1),
                device,
                new GpuOptions(KernelOptions.DEFAULT, true),
                Map.of());
        InferenceSession session = model.newSession()) {
      session.forward(1, 2, 3);
      session.forward(4);
    }
  }

  /// `hidden` has 40 rows of 132.
  @ParameterizedTest
  @ValueSource(ints = {-512, -1, 5280, 5791})
  void aKernelThatWritesBesideItsBufferIsNamedWithTheBuffer(int word) {
    Map<String, DeviceBuffer> wholes = new HashMap<>();
    GpuDevice writesBeside =
        wrong(
            new JavaDevice(SHAPE, TRAITS),
            "ln_c_fc_gelu",
            (device, launch) ->
                device.upload(
                    Objects.requireNonNull(wholes.get("hidden")),
                    2048 + 4L * word,
                    MemorySegment.ofArray(new int[1])));
    Slices remembered =
        (whole, fromByte, bytes) -> {
          wholes.put(whole.name(), whole);
          return JavaDevice.slice(whole, fromByte, bytes);
        };
    AssertionError error =
        assertThrows(
            AssertionError.class,
            () -> forward(new CanaryDevice(writesBeside, TRAITS, remembered)));
    String message = String.valueOf(error.getMessage());
    assertTrue(message.startsWith("kernel ln_c_fc_gelu (h.0.mlp.c_fc)"), message);
    assertTrue(message.endsWith("wrote word " + word + " of hidden, which has 5280"), message);
  }

  @Test
  void oneWrongBitIsFoundAndItsKernelNamed() {
    GpuDevice wrongBit =
        wrong(
            new JavaDevice(SHAPE, TRAITS),
            "attend_tile",
            (device, launch) -> {
              DeviceBuffer partial = (DeviceBuffer) launch.arguments().get(3);
              int[] word = new int[1];
              device.download(partial, 8, MemorySegment.ofArray(word));
              word[0] ^= 1;
              device.upload(partial, 8, MemorySegment.ofArray(word));
            });
    TwinDevice twins = new TwinDevice(wrongBit, new JavaDevice(SHAPE, TRAITS));
    AssertionError error = assertThrows(AssertionError.class, () -> forward(twins));
    assertTrue(String.valueOf(error.getMessage()).contains("attend_tile (h.0.attn)"));
    assertTrue(String.valueOf(error.getMessage()).contains("word 2 of partial"));
  }

  @Test
  void aLaunchThatFailsIsNamed() {
    GpuDevice fails =
        wrong(
            new JavaDevice(SHAPE, TRAITS),
            "layernorm",
            (device, launch) -> {
              throw GpuException.launch(launch, "out of resources");
            });
    GpuException error = assertThrows(GpuException.class, () -> forward(fails));
    assertEquals(
        "kernel layernorm (h.0.ln_1), 3 groups of 256 threads failed: out of resources",
        error.getMessage());
  }

  @Test
  void aModelThatDoesNotFitLeavesNothingBehind() {
    GpuDevice full = new JavaDevice(SHAPE, TRAITS);
    GpuDevice refuses =
        (GpuDevice)
            Proxy.newProxyInstance(
                GpuDevice.class.getClassLoader(),
                new Class<?>[] {GpuDevice.class},
                (proxy, method, arguments) -> {
                  if (arguments != null && arguments[0].equals("logits")) {
                    throw new GpuException("no room for logits");
                  }
                  return method.invoke(full, arguments);
                });
    GpuException error = assertThrows(GpuException.class, () -> forward(refuses));
    assertEquals("no room for logits", error.getMessage());
    assertEquals(0, full.allocatedBytes());
  }

  @Test
  void memoryThatIsNotGivenBackIsReported() {
    GpuDevice leaks = new JavaDevice(SHAPE, TRAITS);
    GpuModel model =
        GpuModel.load(
            RandomModel.tied(SHAPE, 1),
            leaks,
            new GpuOptions(KernelOptions.DEFAULT, true),
            Map.of());
    try (DeviceBuffer forgotten = leaks.allocate("forgotten", 12)) {
      GpuException error = assertThrows(GpuException.class, model::close);
      assertTrue(String.valueOf(error.getMessage()).startsWith("12 bytes"), error.getMessage());
      assertEquals(12, forgotten.byteSize());
    }
  }
}
