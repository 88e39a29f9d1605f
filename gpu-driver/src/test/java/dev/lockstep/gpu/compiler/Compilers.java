package dev.lockstep.gpu.compiler;

import dev.lockstep.tck.Requirement;

/// The machine's runtime compilers, for tests.
final class Compilers {
  private Compilers() {}

  /// The compiler; the test is skipped, or fails, where it is missing.
  static RuntimeCompiler require(CompilerFamily family) {
    CompilerSearch.Result result = CompilerSearch.find(family);
    Requirement.require(
        family.prefix(),
        result instanceof CompilerSearch.Missing(String reason, String remedy)
            ? "%s (%s)".formatted(reason, remedy)
            : null);
    return ((CompilerSearch.Found) result).compiler();
  }
}
