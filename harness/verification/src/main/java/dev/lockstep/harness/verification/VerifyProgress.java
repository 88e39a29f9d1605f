package dev.lockstep.harness.verification;

/// Is told how a verification gets on.
public interface VerifyProgress {
  /// What happens now.
  void phase(String what);

  /// So many steps are to come in all.
  void expect(long steps);

  /// One step is done.
  void step();
}
