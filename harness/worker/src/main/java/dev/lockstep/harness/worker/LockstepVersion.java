package dev.lockstep.harness.worker;

/// Which build this is.
public final class LockstepVersion {
  private LockstepVersion() {}

  /// The version in the jar's manifest; `development` where the classes come from elsewhere.
  public static String text() {
    String version = LockstepVersion.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  /// The commit, as the launcher tells it; empty if it does not know.
  public static String revision() {
    return System.getProperty("lockstep.revision", "");
  }
}
