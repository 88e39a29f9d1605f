package dev.lockstep.harness.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import dev.lockstep.backend.kvcache.KvCacheBackend;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.Models;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.statistics.distribution.TDistribution;
import org.junit.jupiter.api.Test;

/// What the harness's clock costs: the same generations, bare and through the worker's request
/// handler, alternating in one JVM.
///
/// `-Dlockstep.trust.pairs=N` makes N pairs and asks that their 90 % interval lies within 1 % (two
/// one-sided tests at 5 %); without it the answers are compared, which depends on no clock.
class HarnessCostTest {
  private static final int PAIRS = Integer.getInteger("lockstep.trust.pairs", 0);
  private static final int PAIRS_PER_BLOCK = 20;
  private static final double MAX_COST = 0.01;
  private static final int NEW_TOKENS = 32;
  private static final int[] PROMPT = {1, 20, 300, 400, 5, 60};

  @Test
  void theClockCostsLessThanAHundredthOfWhatItTimes() throws IOException {
    RequestHandler handler = new RequestHandler(reply -> {});
    handler.handle(new Request.Load("kvcache", Map.of(), "shakespeare"));
    try (LoadedModel checkpoint = Models.open("shakespeare")) {
      KvCacheBackend backend = new KvCacheBackend();
      InferenceModel model =
          backend.load(checkpoint.weights(), OptionValues.defaults(backend.options()));
      InferenceSession session = model.newSession();
      int[] expected = new int[NEW_TOKENS];
      bareMillis(session, expected);
      assertArrayEquals(expected, generate(handler).tokenIds());
      if (PAIRS > 0) {
        measure(handler, session);
      }
    }
  }

  private static void measure(RequestHandler handler, InferenceSession session) throws IOException {
    int[] tokens = new int[NEW_TOKENS];
    for (int i = 0; i < PAIRS_PER_BLOCK * 10; i++) {
      bareMillis(session, tokens);
      timedMillis(handler);
    }
    double[] blocks = new double[Math.max(5, PAIRS / PAIRS_PER_BLOCK)];
    for (int block = 0; block < blocks.length; block++) {
      double[] logRatios = new double[PAIRS_PER_BLOCK];
      for (int pair = 0; pair < PAIRS_PER_BLOCK; pair++) {
        boolean isBareFirst = pair % 2 == 0;
        double before = isBareFirst ? bareMillis(session, tokens) : timedMillis(handler);
        double after = isBareFirst ? timedMillis(handler) : bareMillis(session, tokens);
        logRatios[pair] = isBareFirst ? Math.log(after / before) : Math.log(before / after);
      }
      Arrays.sort(logRatios);
      blocks[block] = (logRatios[PAIRS_PER_BLOCK / 2 - 1] + logRatios[PAIRS_PER_BLOCK / 2]) / 2;
    }
    double mean = Arrays.stream(blocks).average().orElseThrow();
    double variance =
        Arrays.stream(blocks).map(each -> (each - mean) * (each - mean)).sum()
            / (blocks.length - 1);
    double half =
        TDistribution.of(blocks.length - 1.0).inverseCumulativeProbability(0.95)
            * Math.sqrt(variance / blocks.length);
    print(
        String.format(
            Locale.ROOT,
            "trust: timed by the harness over bare: %+.3f %%, 90 %% interval [%+.3f, %+.3f] %%, %d pairs",
            100 * Math.expm1(mean),
            100 * Math.expm1(mean - half),
            100 * Math.expm1(mean + half),
            blocks.length * PAIRS_PER_BLOCK));
    assertTrue(mean - half > -MAX_COST && mean + half < MAX_COST, mean + " ± " + half);
  }

  private static double bareMillis(InferenceSession session, int[] tokens) {
    session.rewind(0);
    int[] count = {0};
    long start = System.nanoTime();
    session.generateGreedy(PROMPT, NEW_TOKENS, token -> tokens[count[0]++] = token);
    return (System.nanoTime() - start) / 1e6;
  }

  private static Reply.Generated generate(RequestHandler handler) throws IOException {
    return (Reply.Generated) handler.handle(new Request.Generate(PROMPT, 0, NEW_TOKENS));
  }

  private static double timedMillis(RequestHandler handler) throws IOException {
    long[] nanos = generate(handler).tokenNanos();
    return nanos[nanos.length - 1] / 1e6;
  }

  @SuppressWarnings("SystemOut") // The figure is read from the test's output.
  private static void print(String line) {
    System.out.println(line);
  }
}
