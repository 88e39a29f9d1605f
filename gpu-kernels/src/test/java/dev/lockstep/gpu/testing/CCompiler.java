package dev.lockstep.gpu.testing;

import dev.lockstep.tck.Requirement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/// The machine's C compiler, for tests that stand in for a driver. A class is extended with it.
public final class CCompiler implements ExecutionCondition {
  /// What the stand-ins need. A compiler without the C library's headers or a linker cannot do it.
  private static final String PROGRAM =
      """
      #include <pthread.h>
      #include <stdio.h>
      int probe(void) { return puts("probe"); }
      """;

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return context.getTestMethod().isPresent()
        ? ConditionEvaluationResult.enabled("asked for the class")
        : Requirement.condition("cc", missing());
  }

  /// Why no shared library can be made, or null if one can.
  public static @Nullable String missing() {
    try {
      Path directory = Files.createTempDirectory("c-compiler");
      Path source = Files.writeString(directory.resolve("probe.c"), PROGRAM);
      Path library = directory.resolve("probe.so");
      try {
        Process process =
            new ProcessBuilder(
                    "cc", "-shared", "-fPIC", "-o", library.toString(), source.toString())
                .redirectErrorStream(true)
                .start();
        String said =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return process.waitFor() == 0
            ? null
            : "cc makes no shared library: " + said.lines().findFirst().orElse("it says nothing");
      } catch (IOException e) {
        return "there is no C compiler: " + e.getMessage();
      } finally {
        Files.deleteIfExists(library);
        Files.delete(source);
        Files.delete(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
