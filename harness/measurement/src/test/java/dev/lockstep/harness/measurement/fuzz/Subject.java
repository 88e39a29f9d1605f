package dev.lockstep.harness.measurement.fuzz;

import java.io.IOException;

/// One file among right ones, to be damaged.
interface Subject {
  String name();

  /// The right content of the file.
  byte[] original();

  /// Uses the damaged file as Lockstep would and compares what comes of it with what the file says
  /// to a reader that shares no code with it.
  ///
  /// @return true if it was accepted, and rightly so; false if it was refused in the documented way
  /// @throws AssertionError if it was accepted and means something else
  boolean accepts(byte[] damaged) throws IOException;
}
