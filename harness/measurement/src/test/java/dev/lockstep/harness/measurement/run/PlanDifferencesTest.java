package dev.lockstep.harness.measurement.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `--resume` says in which part a plan differs.
class PlanDifferencesTest {
  private static final String PLAN =
      """
      {"plan": {"model_sha256": "aaaabbbbccccdddd", "backends": ["naive", "simd:threads=1"],
        "reference": "kvcache", "new_tokens": 4, "rounds": 2, "warmups": 0, "forks": 1, "seed": 1,
        "match": "identical", "prompts": [{"id": "p", "text": "The", "prompt_ids": [1]},
        {"id": "q", "prompt_ids": [2, 3]}]},
       "model": {"argument": "shakespeare"}}
      """;

  private static List<String> between(String old, String own) throws JsonProcessingException {
    ObjectMapper mapper = new ObjectMapper();
    return PlanDifferences.between(mapper.readTree(old), mapper.readTree(own));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      textBlock =
          """
          "new_tokens": 4        ~ "new_tokens": 8       ~ -n was 4 and is 8
          "rounds": 2            ~ "rounds": 5           ~ -r was 2 and is 5
          "warmups": 0           ~ "warmups": 1          ~ -w was 0 and is 1
          "forks": 1             ~ "forks": 5            ~ --forks was 1 and is 5
          "seed": 1              ~ "seed": 2             ~ --seed was 1 and is 2
          "identical"            ~ "near-tie"            ~ --match was "identical" and is "near-tie"
          "kvcache"              ~ "simd"                ~ --reference was "kvcache" and is "simd"
          "naive", "simd         ~ "simd                 ~ -b was naive,simd:threads=1 and is simd:threads=1
          "seed": 1,             ~ ``                    ~ --seed was 1 and is not recorded
          "id": "q"              ~ "id": "r"             ~ prompt 'q' (2,3) is missing now; prompt 'r' (2,3) is new
          "text": "The"          ~ "text": "A"           ~ prompt 'p' was "The" and is "A"
          aaaabbbbccccdddd       ~ eeeeffff              ~ -m was shakespeare (sha256 aaaabbbbcccc…) and is shakespeare (sha256 eeeeffff…)
          """)
  void thePartIsNamedWithItsOldAndNewValue(String old, String own, String difference)
      throws JsonProcessingException {
    assertEquals(difference, String.join("; ", between(PLAN, PLAN.replace(old, own))));
  }

  @Test
  void equalPlansHaveNoDifferenceAndAllDifferencesAreNamed() throws JsonProcessingException {
    assertEquals(List.of(), between(PLAN, PLAN));
    assertEquals(
        List.of("-n was 4 and is 5", "--seed was 1 and is 7"),
        between(
            PLAN,
            PLAN.replace("new_tokens\": 4", "new_tokens\": 5").replace("seed\": 1", "seed\": 7")));
  }
}
