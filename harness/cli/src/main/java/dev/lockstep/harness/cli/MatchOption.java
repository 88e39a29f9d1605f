package dev.lockstep.harness.cli;

import dev.lockstep.harness.verification.MatchClass;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// `--match`: the worst class that passes.
final class MatchOption {
  private MatchOption() {}

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
