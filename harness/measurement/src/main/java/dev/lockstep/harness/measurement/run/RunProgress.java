package dev.lockstep.harness.measurement.run;

/// Is told how a run gets on.
public interface RunProgress {

  /// What happens now: `loading simd`, `round 2 of 5`.
  void phase(String what);

  /// So many steps are to come in all.
  ///
  /// @param cycle the number of steps after which the same kind of work comes again; an estimate
  ///     needs a whole cycle
  void expect(long steps, long cycle);

  /// One step is done.
  void step();

  /// Something the user should know even if nobody watches the progress.
  void warn(String message);
}
