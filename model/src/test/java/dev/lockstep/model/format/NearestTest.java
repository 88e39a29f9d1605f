package dev.lockstep.model.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
  private static final List<String> WORDS =
      List.of("run", "verify", "kvcache", "naive", "simd", "cuda", "--new-tokens", "--temperature");

  @ParameterizedTest
  @CsvSource({
    "KVCACHE, kvcache",
    "KV-Cache, kvcache",
    "rnu, run",
    "urn, run",
    "Run, run",
    "niave, naive",
    "verfiy, verify",
    "smid, simd",
    "CUDA, cuda",
    "--new-token, --new-tokens",
    "--NEW-TOKENS, --new-tokens",
    "--temp, --temperature",
    "veri, verify",
  })
  void slipsOfTheFingersFindTheirWord(String word, String meant) {
    assertEquals(meant, Nearest.of(word, WORDS).orElse("none"));
    assertEquals(" (did you mean '" + meant + "'?)", Nearest.hint(word, WORDS));
  }

  @ParameterizedTest
  @CsvSource({"metal", "zzzzzz", "ve", "--explain"})
  void anotherWordFindsNone(String word) {
    assertEquals("", Nearest.hint(word, WORDS));
  }
}
