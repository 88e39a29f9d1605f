package dev.lockstep.api;

/// Whether a backend can run on this machine.
public sealed interface Availability {

  /// It can.
  ///
  /// @param device what it would run on, for people: `cpu`, `NVIDIA H200`, `PoCL 3.1 (cpu)`
  record Available(String device) implements Availability {}

  /// It cannot.
  ///
  /// @param reason what is missing: `libcuda.so.1 was not found`
  /// @param remedy what the user can do about it: `install the NVIDIA driver, 535 or newer`
  record Unavailable(String reason, String remedy) implements Availability {}
}
