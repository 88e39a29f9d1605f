package dev.lockstep.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.compiler.CompileCache;
import dev.lockstep.gpu.compiler.CompileTarget;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.driver.CodeMaker;
import dev.lockstep.gpu.driver.DriverDevice;
import dev.lockstep.gpu.kernel.KernelOptions;
import dev.lockstep.gpu.testing.Conversation;
import dev.lockstep.gpu.testing.JavaDevice;
import dev.lockstep.gpu.testing.TwinDevice;
import dev.lockstep.tck.RandomModel;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every kernel as NVRTC made it for NVIDIA against its Java model, bit for bit, launch by launch,
/// on the emulated card, which watches every access: on odd shapes, with few and many groups, with
/// every option and without. NVRTC also reads the text that is meant for AMD, whose own
/// compiler makes nothing that could be executed here.
@ExtendWith(EmulatedCard.WithCompiler.class)
class EmulatedKernelsTest {

  /// A shape, how many multiprocessors the card has, and whose text it is.
  record Variant(Gpt2Config shape, int multiprocessors, KernelOptions options, Dialect dialect) {}

  /// 140 positions make two blocks of keys.
  static Stream<Variant> variants() {
    KernelOptions standard = KernelOptions.DEFAULT;
    return Stream.of(
        new Variant(RandomModel.config(2, 3, 33, 67, 61), 2, standard, Dialect.CUDA),
        new Variant(RandomModel.config(1, 2, 68, 140, 129), 1, standard, Dialect.CUDA),
        new Variant(RandomModel.config(1, 1, 1, 9, 7), 132, standard, Dialect.CUDA),
        new Variant(
            RandomModel.config(1, 2, 34, 140, 61),
            7,
            new KernelOptions(true, false, true),
            Dialect.CUDA),
        new Variant(
            RandomModel.config(1, 1, 70, 40, 300),
            3,
            new KernelOptions(false, true, true),
            Dialect.CUDA),
        new Variant(
            RandomModel.config(1, 1, 70, 40, 300),
            2,
            new KernelOptions(false, false, true),
            Dialect.CUDA),
        new Variant(
            RandomModel.config(1, 3, 36, 140, 61),
            2,
            new KernelOptions(true, true, false),
            Dialect.CUDA),
        new Variant(RandomModel.config(2, 3, 33, 140, 61), 2, standard, Dialect.HIP));
  }

  @ParameterizedTest
  @MethodSource("variants")
  void everyKernelIsItsJavaModelAndTouchesWhatItMay(Variant variant, @TempDir Path cache) {
    EmulatedCard.set("EMULATED_CARD_MULTIPROCESSORS", Integer.toString(variant.multiprocessors));
    CudaDevice card = EmulatedCard.device();
    EmulatedCard.set("EMULATED_CARD_MULTIPROCESSORS", null);
    DeviceTraits traits = traits(card.traits(), variant.dialect);
    CodeMaker maker =
        variant.dialect == Dialect.HIP
            ? EmulatedKernelsTest::readAsHip
            : new CudaCode(EmulatedCard.compiler(), new CompileCache(cache), card, 12_040);
    DriverDevice device =
        new DriverDevice(JCudaContext.open(card.ordinal()), traits, maker, true, false);
    Gpt2Config shape = variant.shape;
    TwinDevice twins = new TwinDevice(device, new JavaDevice(shape, traits));
    Conversation.hold(twins, shape, variant.options);
    assertTrue(twins.kernels().size() > 8, twins.kernels() + " were compared");
    assertEquals("", EmulatedCard.finding());
    assertEquals(0, EmulatedCard.held());
  }

  private static DeviceTraits traits(DeviceTraits card, Dialect dialect) {
    return new DeviceTraits(
        card.name(),
        dialect,
        card.gpu(),
        card.waveWidth(),
        card.vectorWidth(),
        card.computeUnits(),
        card.maxThreadsPerGroup(),
        card.localMemoryBytes(),
        card.memoryBytes());
  }

  private static List<CodeMaker.Attempt> readAsHip(KernelSource source) {
    CompileTarget target =
        CompileTarget.ptx(80)
            .with("-D__HIP__")
            .with("-D__shfl_xor(v,m,width)=__shfl_xor_sync(0xffffffffu,v,m,width)");
    return List.of(
        () ->
            new CodeMaker.Code(
                EmulatedCard.compiler().compile(source.text(), source.name(), target).bytes(),
                "ptx"));
  }
}
