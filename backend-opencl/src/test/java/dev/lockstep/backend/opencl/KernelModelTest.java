package dev.lockstep.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.kernel.KernelGenerator;
import dev.lockstep.gpu.kernel.KernelOptions;
import dev.lockstep.gpu.testing.CanaryDevice;
import dev.lockstep.gpu.testing.Conversation;
import dev.lockstep.gpu.testing.JavaDevice;
import dev.lockstep.gpu.testing.TwinDevice;
import dev.lockstep.tck.RandomModel;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every kernel as the device's compiler made it against its Java model, bit for bit, launch by
/// launch, with canaries around every buffer: on odd shapes, with few and many work-groups, with
/// panels and loads as for a CPU and as for a GPU, with every option and without.
class KernelModelTest {

  /// A shape, and how the device is said to be.
  record Variant(Gpt2Config shape, boolean gpu, int computeUnits, KernelOptions options) {}

  @BeforeEach
  void needsADevice() {
    OpenClForTests.requireDevice();
  }

  /// 140 positions make two blocks of keys.
  static Stream<Variant> variants() {
    return Stream.of(
        new Variant(RandomModel.config(2, 3, 33, 67, 61), false, 2, KernelOptions.DEFAULT),
        new Variant(RandomModel.config(1, 2, 68, 140, 129), true, 1, KernelOptions.DEFAULT),
        new Variant(RandomModel.config(1, 1, 1, 9, 7), true, 40, KernelOptions.DEFAULT),
        new Variant(
            RandomModel.config(1, 2, 34, 140, 61), false, 7, new KernelOptions(true, false, true)),
        new Variant(
            RandomModel.config(1, 1, 70, 40, 300), false, 3, new KernelOptions(false, true, true)),
        new Variant(
            RandomModel.config(1, 3, 36, 70, 33), true, 2, new KernelOptions(true, true, false)));
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
    Conversation.hold(guarded, shape, variant.options);
    Set<String> all = new HashSet<>();
    for (String kernel : KernelGenerator.generate(shape, traits, variant.options).kernels()) {
      // Which tile is launched depends on the rows and on the compute units.
      all.add(kernel.replaceFirst("_rows\\d+", "_rows"));
    }
    Set<String> compared = new HashSet<>();
    twins.kernels().forEach(kernel -> compared.add(kernel.replaceFirst("_rows\\d+", "_rows")));
    assertEquals(all, compared, "kernels that were compared");
    assertTrue(guarded.launches() > 50, guarded.launches() + " launches");
  }

  private static DeviceTraits traits(DeviceTraits real, Variant variant) {
    return new DeviceTraits(
        real.name(),
        real.dialect(),
        variant.gpu,
        1,
        variant.gpu ? 4 : real.vectorWidth(),
        variant.computeUnits,
        real.maxThreadsPerGroup(),
        real.localMemoryBytes(),
        real.memoryBytes());
  }
}
