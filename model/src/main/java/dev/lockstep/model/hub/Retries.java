package dev.lockstep.model.hub;

import dev.lockstep.model.ModelException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.Locale;

/// Repeats what fails for reasons that may pass, waiting longer each time.
final class Retries {
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  private final HubSettings settings;
  private final DownloadProgress progress;

  Retries(HubSettings settings, DownloadProgress progress) {
    this.settings = settings;
    this.progress = progress;
  }

  @FunctionalInterface
  interface Request<T> {
    T attempt() throws IOException, InterruptedException;
  }

  /// @param what for messages
  /// @throws ModelException after the last attempt; refusals pass through at once
  <T> T run(String what, Request<T> request) {
    Duration delay = settings.firstDelay();
    for (int attempt = 1; ; attempt++) {
      try {
        return request.attempt();
      } catch (FileSystemException e) {
        throw new ModelException(
            "%s: cannot be written%s; set HF_HUB_CACHE to a directory that can"
                .formatted(e.getFile(), e.getReason() == null ? "" : ": " + e.getReason()),
            e);
      } catch (IOException e) {
        String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        if (attempt == settings.attempts()) {
          throw new ModelException(
              String.format(
                  Locale.ROOT,
                  "%s: %s (after %d attempts); %s",
                  what,
                  reason.replace('\n', ' '),
                  attempt,
                  e instanceof TransientFailure t ? t.remedy() : "try again later"),
              e);
        }
        Duration wait = longer(delay, e instanceof TransientFailure t ? t.retryAfter() : delay);
        progress.retrying(what, reason, wait);
        sleep(wait);
        delay = delay.multipliedBy(2);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
  }

  private static Duration longer(Duration first, Duration second) {
    Duration longer = first.compareTo(second) < 0 ? second : first;
    return longer.compareTo(LONGEST_WAIT) < 0 ? longer : LONGEST_WAIT;
  }

  private static void sleep(Duration duration) {
    try {
      Thread.sleep(duration);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static ModelException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new ModelException("the download was interrupted", e);
  }
}
