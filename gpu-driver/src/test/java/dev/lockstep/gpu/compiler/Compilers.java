package dev.lockstep.gpu.compiler;

import dev.lockstep.tck.Requirement;

/// The machine's runtime compilers, for tests.
final class Compilers {
  private Compilers() {}

  /// The compiler; the test is skipped, or fails, where it is lacking.
  static RuntimeCompiler require(CompilerFamily family) {
    return switch (CompilerSearch.find(family)) {
      case CompilerSearch.Found(RuntimeCompiler compiler) -> compiler;
      case CompilerSearch.Missing(String reason, String remedy) -> {
        Requirement.lacking(family.prefix(), "%s (%s)".formatted(reason, remedy));
        throw new AssertionError("lacking() returned");
      }
    };
  }
}
