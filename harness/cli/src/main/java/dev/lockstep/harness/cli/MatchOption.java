package dev.lockstep.harness.cli;

import dev.lockstep.harness.verification.MatchClass;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// `--match`.
final class MatchOption {
  @Option(
      names = "--match",
      paramLabel = "identical|near-tie",
      defaultValue = "identical",
      description = "What passes (default: ${DEFAULT-VALUE}).",
      converter = Converter.class)
  private MatchClass worst = MatchClass.IDENTICAL;

  /// The worst class that passes.
  MatchClass worst() {
    return worst;
  }

  /// Reads `identical` or `near-tie`.
  static final class Converter implements ITypeConverter<MatchClass> {
    @Override
    public MatchClass convert(String text) {
      return switch (text) {
        case "identical" -> MatchClass.IDENTICAL;
        case "near-tie" -> MatchClass.NEAR_TIE;
        default ->
            throw new TypeConversionException(
                "'%s' is neither identical nor near-tie".formatted(text));
      };
    }
  }
}
