package dev.lockstep.backend.simd;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.tck.RandomModel;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/// A token allocates nothing but what the SPI makes the caller allocate. Tested without vectors,
/// which the interpreter keeps in objects until the compiler has seen them; with vectors JMH's
/// profiler shows it (docs/stages/3-simd.md).
class AllocationTest {
  private static final Gpt2Config CONFIG = RandomModel.config(3, 2, 36, 400, 50);
  private static final int TOKENS = 100;

  /// The array of `forward(int...)` for one token, with its header.
  private static final long ARRAY_BYTES = 32;

  @Test
  void aDecodedTokenAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (InferenceModel model =
            SimdModel.load(
                RandomModel.tied(CONFIG, 1), new SimdOptions(true, true, "off", 2, false));
        InferenceSession session = model.newSession()) {
      session.forward(1, 2, 3);
      decode(session, TOKENS);
      long before = threads.getTotalThreadAllocatedBytes();
      decode(session, 2 * TOKENS);
      long perToken = (threads.getTotalThreadAllocatedBytes() - before) / (2 * TOKENS);
      assertTrue(perToken <= 2 * ARRAY_BYTES, perToken + " bytes a token");
    }
  }

  private static void decode(InferenceSession session, int n) {
    for (int i = 0; i < n; i += 2) {
      session.forward(7);
      session.forwardGreedy(8);
    }
  }
}
