package dev.lockstep.backend.simd;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.tck.RandomModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/// Ten thousand tokens with rewinds leave the resident memory where it was.
class LongRunTest {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Gpt2Config CONFIG = RandomModel.config(2, 2, 64, 512, 300);
  private static final int TOKENS = 10_000;

  /// Compiled code and the collector's bookkeeping still grow a little.
  private static final long SLACK_KIB = 24 << 10;

  static boolean residentMemoryCanBeRead() {
    return Files.isReadable(STATUS);
  }

  private static long anonymousKib() throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("RssAnon:")) {
        return Long.parseLong(line.replaceAll("\\D+", ""));
      }
    }
    throw new IOException("no RssAnon in " + STATUS);
  }

  private static void generate(InferenceSession session, int n) {
    for (int done = 0; done < n; done += 100) {
      session.rewind(done % 300 == 0 ? 0 : Math.min(session.position(), 20));
      session.generateGreedy(new int[] {1, 2, 3, 4, 5, 6, 7, 8}, 100, token -> {});
    }
  }

  @Test
  @EnabledIf(
      value = "residentMemoryCanBeRead",
      disabledReason = "needs Linux's /proc/self/status, which tells the resident memory")
  void tenThousandTokensLeaveNothingBehind() throws IOException {
    try (InferenceModel model =
            SimdModel.load(
                RandomModel.tied(CONFIG, 1), new SimdOptions(true, true, "off", 2, true));
        InferenceSession session = model.newSession()) {
      session.forward(new int[CONFIG.nPositions()]);
      session.rewind(0);
      generate(session, 2_000);
      System.gc();
      long before = anonymousKib();
      generate(session, TOKENS);
      System.gc();
      long grown = anonymousKib() - before;
      System.out.printf("LongRun: %d KiB more after %d tokens%n", grown, TOKENS);
      assertTrue(grown < SLACK_KIB, grown + " KiB more after " + TOKENS + " tokens");
    }
  }
}
