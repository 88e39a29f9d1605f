package dev.lockstep.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.gpu.decoder.GpuModel;
import dev.lockstep.gpu.decoder.GpuOptions;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.kernel.KernelGenerator;
import dev.lockstep.gpu.testing.CanaryDevice;
import dev.lockstep.gpu.testing.JavaDevice;
import dev.lockstep.gpu.testing.TwinDevice;
import dev.lockstep.tck.RandomModel;
import dev.lockstep.tck.Subject;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every kernel as the device's compiler made it against its Java model, bit for bit, launch by
/// launch, with canaries around every buffer: on odd shapes, with few and many work-groups, with
/// panels and loads as for a CPU and as for a GPU, fused and not, specialised and not.
class KernelModelTest {

  /// A shape, and how the device is said to be.
  record Variant(
      Gpt2Config shape, boolean gpu, int computeUnits, boolean fuse, boolean specialise) {}

  @BeforeEach
  void needsADevice() {
    OpenClForTests.requireDevice();
  }

  /// 140 positions make two blocks of keys.
  static Stream<Variant> variants() {
    return Stream.of(
        new Variant(RandomModel.config(2, 3, 33, 67, 61), false, 2, true, true),
        new Variant(RandomModel.config(1, 2, 68, 140, 129), true, 1, true, true),
        new Variant(RandomModel.config(1, 1, 1, 9, 7), true, 40, true, true),
        new Variant(RandomModel.config(1, 2, 34, 140, 61), false, 7, true, false),
        new Variant(RandomModel.config(1, 1, 70, 40, 300), false, 3, false, true));
  }

  @ParameterizedTest
  @MethodSource("variants")
  void everyKernelIsItsJavaModel(Variant variant) {
    Gpt2Config shape = variant.shape;
    OpenClDevice device = DeviceChoice.open("auto");
    DeviceTraits traits = traits(device.traits(), variant);
    TwinDevice twins = new TwinDevice(device, new JavaDevice(shape, traits));
    CanaryDevice guarded =
        new CanaryDevice(
            twins, traits, TwinDevice.slices(OpenClForTests::slice, JavaDevice::slice));
    int[] tokens = Subject.tokens(shape, shape.nPositions(), 3);
    GpuOptions options = new GpuOptions(variant.fuse, variant.specialise, true);
    try (GpuModel model = GpuModel.load(RandomModel.untied(shape, 5), guarded, options, Map.of());
        InferenceSession session = model.newSession()) {
      session.forward(Arrays.copyOf(tokens, shape.nPositions() - 2));
      session.forward(tokens[0]);
      session.forwardGreedy(tokens[1]);
      session.rewind(2);
      session.generateGreedy(new int[] {tokens[2]}, 3, token -> {});
      session.rewind(0);
      session.forwardAll(Arrays.copyOf(tokens, 5), (position, logits) -> {});
      Set<String> all = new HashSet<>();
      for (String kernel :
          KernelGenerator.generate(shape, traits, variant.fuse, variant.specialise).kernels()) {
        // Which tile is launched depends on the rows and on the compute units.
        all.add(kernel.replaceFirst("_rows.*", "_rows"));
      }
      Set<String> compared = new HashSet<>();
      twins.kernels().forEach(kernel -> compared.add(kernel.replaceFirst("_rows.*", "_rows")));
      assertEquals(all, compared, "kernels that were compared");
      assertTrue(guarded.launches() > 50, guarded.launches() + " launches");
    }
  }

  private static DeviceTraits traits(DeviceTraits real, Variant variant) {
    return new DeviceTraits(
        real.name(),
        real.dialect(),
        variant.gpu,
        1,
        variant.gpu ? 4 : real.vectorWidth(),
        variant.computeUnits,
        real.mostThreadsPerGroup(),
        real.localMemoryBytes(),
        real.memoryBytes());
  }
}
