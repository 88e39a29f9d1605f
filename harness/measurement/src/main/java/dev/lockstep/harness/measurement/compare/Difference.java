package dev.lockstep.harness.measurement.compare;

/// One thing that differs between two runs, or between a backend in one and in the other. What is
/// compared may differ in one of them; of two nobody could say which made the difference.
///
/// @param detail both values, in words
record Difference(Kind kind, String detail) {
  /// What can differ.
  enum Kind {
    MACHINE("machine"),
    JVM("JVM"),
    REVISION("revision"),
    OPTIONS("options");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    String label() {
      return label;
    }
  }

  @Override
  public String toString() {
    return kind.label + " (" + detail + ")";
  }
}
