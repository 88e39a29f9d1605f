package dev.lockstep.harness.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunCommandLineTest {
  private static RunResults run(String command) throws Exception {
    String environment =
        """
        {"command": "%s", "model": {"argument": "shakespeare"},
         "plan": {"backends": ["kvcache", "simd#2:threads=1"], "new_tokens": 8, "rounds": 2, "warmups": "auto",
           "forks": 1, "seed": 1, "prompts": [{"id": "p", "text": "The king"}]}}
        """
            .formatted(command);
    return new RunResults(
        "mine", new ObjectMapper().readTree(environment), List.of(), List.of(), true, List.of());
  }

  @Test
  void aRunIsRepeatedAsItWasTypedWithMoreForks() throws Exception {
    assertEquals(
        "./lockstep run --forks 5 -b simd -n 8",
        RunCommandLine.withForks(run("./lockstep run -b simd --forks 2 -n 8"), 5));
  }

  /// A plan has as many forks as it has.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "./lockstep run --plan plan.json --shard 1/2",
        "./lockstep merge runs/a runs/b",
        ""
      })
  void whatFollowedAPlanIsRepeatedWithoutIt(String command) throws Exception {
    assertEquals(
        "./lockstep run --forks 5 -m shakespeare -b kvcache -b simd:threads=1 -n 8 -r 2 -w auto --seed 1 '--text=The king'",
        RunCommandLine.withForks(run(command), 5));
  }
}
