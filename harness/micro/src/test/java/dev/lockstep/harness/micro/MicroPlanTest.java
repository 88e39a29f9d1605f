package dev.lockstep.harness.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.worker.error.UserError;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class MicroPlanTest {
  private static final Gpt2Config CONTEXT_512 = new Gpt2Config(1, 1, 8, 512, 16, 1e-5);

  private static MicroPlan plan(List<Integer> prefill, List<Integer> decode) {
    return new MicroPlan(prefill, decode, 2, 0, 3, Duration.ofSeconds(1), List.of());
  }

  private static String refusal(List<Integer> prefill, List<Integer> decode) {
    MicroPlan asked = plan(prefill, decode);
    return String.valueOf(
        assertThrows(UserError.class, () -> asked.on(CONTEXT_512, "small")).getMessage());
  }

  @Test
  void withoutALengthThoseThatFitAreMeasured() {
    MicroPlan plan = plan(List.of(), List.of()).on(CONTEXT_512, "small");
    assertEquals(List.of(10, 128, 512), plan.prefill());
    assertEquals(List.of(10, 128), plan.decode(), "512 would be one past the last position");
  }

  @Test
  void whoNamesOneKindGetsThatKindOnly() {
    MicroPlan plan = plan(List.of(), List.of(511, 0, 511)).on(CONTEXT_512, "small");
    assertEquals(List.of(), plan.prefill());
    assertEquals(List.of(511, 0), plan.decode());
  }

  @Test
  void aLengthThatDoesNotFitIsRefusedWithTheLimit() {
    assertEquals("--prefill 513: small allows 1 to 512", refusal(List.of(10, 513), List.of()));
    assertEquals("--prefill 0: small allows 1 to 512", refusal(List.of(0), List.of()));
    assertEquals("--decode 512: small allows 0 to 511", refusal(List.of(), List.of(512)));
    assertEquals("--decode -1: small allows 0 to 511", refusal(List.of(), List.of(-1)));
  }

  @Test
  void everyForkHasEveryIteration() {
    assertEquals(6, plan(List.of(1), List.of()).samples());
  }
}
