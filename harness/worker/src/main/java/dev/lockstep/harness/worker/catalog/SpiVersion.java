package dev.lockstep.harness.worker.catalog;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Spi;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Holds a backend to the version of the SPI that this Lockstep has. One of another version would
/// fail somewhere in a run, or compute on promises that are no longer kept.
public final class SpiVersion {
  /// What [Spi#VERSION] stands for where a backend does not say.
  private static final int UNSAID = 1;

  private static final String PACKAGE = Spi.class.getPackageName() + ".";

  private SpiVersion() {}

  /// Why a backend is refused, in one line; null if it was compiled for this version.
  ///
  /// @throws RuntimeException or [LinkageError] if the backend fails when it is asked
  public static @Nullable String problem(Backend backend) {
    int version = of(backend);
    if (version == Spi.VERSION) {
      return null;
    }
    return String.format(
        Locale.ROOT,
        "%s in %s was built for version %d of the SPI and this Lockstep has version %d; %srebuild it against the lockstep-api of this Lockstep",
        backend.getClass().getName(),
        BackendCatalog.origin(backend),
        version,
        Spi.VERSION,
        version > Spi.VERSION ? "take a newer Lockstep, or " : "");
  }

  private static int of(Backend backend) {
    try {
      return backend.spiVersion();
    } catch (AbstractMethodError e) {
      return UNSAID;
    }
  }

  /// What to add to the message of an error if a provider needs a part of the SPI that this version
  /// does not have: it could not even be made, so it could not be asked.
  static String hint(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage()).replace('/', '.');
      if (cause instanceof LinkageError && message.contains(PACKAGE)) {
        return String.format(
            Locale.ROOT,
            "; it was built for another version of the SPI than this Lockstep's, %d: rebuild it against the lockstep-api of this Lockstep",
            Spi.VERSION);
      }
    }
    return "";
  }
}
