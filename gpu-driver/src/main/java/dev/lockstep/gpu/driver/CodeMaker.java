package dev.lockstep.gpu.driver;

import dev.lockstep.gpu.device.KernelSource;
import java.util.List;

/// Makes code for one device out of source.
@FunctionalInterface
public interface CodeMaker {

  /// One way to make code.
  interface Attempt {
    /// Makes it.
    ///
    /// @throws dev.lockstep.gpu.compiler.CompilationException if the compiler does not accept the
    ///     source
    Code make();
  }

  /// Code and how it came to be.
  ///
  /// @param form for people: `cubin sm_90 (cached)`
  record Code(byte[] bytes, String form) {}

  /// Ways to make code, the preferred first; the next one is tried if the driver does not load what
  /// came of the one before.
  List<Attempt> attempts(KernelSource source);
}
