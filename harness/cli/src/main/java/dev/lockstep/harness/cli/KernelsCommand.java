package dev.lockstep.harness.cli;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.KernelSource;
import dev.lockstep.gpu.kernel.KernelGenerator;
import dev.lockstep.gpu.kernel.KernelOptions;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.Models;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// `lockstep kernels`: the source of a model's GPU kernels.
///
/// Needs no GPU: the text is made for a typical device of its kind. On a device the traits are
/// that device's, and the widths of panels may be others.
@Command(
    name = "kernels",
    description = "Prints the GPU kernels that are generated for a model.",
    mixinStandardHelpOptions = true)
final class KernelsCommand implements Callable<Integer> {
  @Mixin private ModelOption model = new ModelOption();

  @Option(
      names = "--dialect",
      paramLabel = "DIALECT",
      defaultValue = "cuda",
      converter = KernelsCommand.DialectConverter.class,
      description = "cuda, hip or opencl. Default: ${DEFAULT-VALUE}.")
  private Dialect dialect = Dialect.CUDA;

  @Option(names = "--no-fuse", description = "Every operation in a kernel of its own.")
  private boolean plain;

  @Option(names = "--no-specialise", description = "The model's sizes as arguments.")
  private boolean general;

  @Option(
      names = "--fast-order",
      description = "Prefill's products as one chain a sum, as the option order=fast makes them.")
  private boolean fastOrder;

  /// Reads `cuda`, `hip` or `opencl`.
  static final class DialectConverter implements ITypeConverter<Dialect> {
    @Override
    public Dialect convert(String text) {
      return Arrays.stream(Dialect.values())
          .filter(dialect -> dialect.word().equals(text))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'%s' is neither cuda nor hip nor opencl".formatted(text)));
    }
  }

  @Override
  public Integer call() {
    Gpt2Config config = Models.shape(model.argument());
    DeviceTraits traits = DeviceTraits.typical(dialect);
    KernelOptions options = new KernelOptions(!plain, !general, !fastOrder);
    Console.print(source(config, traits, options).text());
    return ExitCode.OK;
  }

  /// @throws UserError if the shape does not fit the device
  static KernelSource source(Gpt2Config config, DeviceTraits traits, KernelOptions options) {
    try {
      return KernelGenerator.generate(config, traits, options);
    } catch (IllegalArgumentException e) {
      throw UserError.error(String.valueOf(e.getMessage()));
    }
  }
}
