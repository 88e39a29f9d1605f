package dev.lockstep.api;

/// The version of what lies between Lockstep and its backends: the types of this package and what
/// they ask of an implementation.
public final class Spi {

  /// The version that this `lockstep-api` has. It goes up with every change after which a backend
  /// that was compiled before cannot run, or could run wrongly.
  ///
  /// It must stay a compile-time constant: the compiler copies it into every class file that
  /// uses it, so that a jar goes on saying for which version it was compiled. 1 stands for every
  /// SPI in which a backend did not say.
  public static final int VERSION = 2;

  private Spi() {}
}
