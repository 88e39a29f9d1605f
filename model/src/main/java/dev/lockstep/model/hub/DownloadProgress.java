package dev.lockstep.model.hub;

import java.time.Duration;

/// Told what a download does, on the thread that downloads.
public interface DownloadProgress {
  /// A file begins, or goes on after `presentBytes` that an earlier attempt has left.
  default void started(String file, long presentBytes, long totalBytes) {}

  /// More bytes of the file that was started last.
  default void received(long bytes) {}

  /// The file is whole, verified and in the cache; `fetched` is false if it was there already.
  default void finished(String file, boolean fetched) {}

  /// An attempt failed and another follows after the delay.
  default void retrying(String what, String reason, Duration delay) {}
}
