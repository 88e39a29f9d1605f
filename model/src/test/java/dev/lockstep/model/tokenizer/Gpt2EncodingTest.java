package dev.lockstep.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Our BPE with GPT-2's vocabulary, against JTokkit's r50k_base.
class Gpt2EncodingTest {
  private static final int STRINGS = 120_000;

  private static final R50kVocabulary VOCABULARY = R50kVocabulary.derive();
  private static final Tokenizer OURS = VOCABULARY.tokenizer();
  private static final Tokenizer ORACLE = new Gpt2Tokenizer();

  @Test
  void theDerivedVocabularyIsGpt2s() {
    assertEquals(50_257, VOCABULARY.words().size());
    assertEquals(50_000, VOCABULARY.merges().size());
    assertEquals(
        "Ġ t",
        VOCABULARY.merges().getFirst().left() + " " + VOCABULARY.merges().getFirst().right());
    assertEquals(50_256, OURS.endOfTextId().orElseThrow());
  }

  @Test
  void knownTextsHaveTheirKnownIds() {
    assertArrayEquals(new int[] {464, 3290}, OURS.encode("The dog"));
    assertArrayEquals(
        new int[] {36235, 39141, 18765, 1143, 326, 9061, 561, 530, 1110, 1716},
        OURS.encode("Alan Turing theorized that computers would one day become"));
  }

  @Test
  void randomTextIsEncodedTokenForTokenAsJTokkitDoes() {
    RandomText texts = new RandomText(20_260_101);
    for (int i = 0; i < STRINGS; i++) {
      assertSameIds(texts.next());
    }
  }

  @Test
  void everyCodePointInUseIsEncodedAsJTokkitDoes() {
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      boolean inUse = codePoint < 0x33500 || (codePoint >> 16 == 14 && codePoint < 0xE0200);
      // Of the unassigned rest and of private use a sample will do.
      if (inUse || codePoint % 37 == 0) {
        String character = Character.toString(codePoint);
        // Between a letter, a space and a digit the class of the character shows.
        assertSameIds("a" + character + " " + character + "1" + character);
      }
    }
  }

  private static void assertSameIds(String text) {
    int[] ours = OURS.encode(text);
    if (!Arrays.equals(ORACLE.encode(text), ours)) {
      assertArrayEquals(ORACLE.encode(text), ours, () -> describe(text));
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertTrue(Arrays.equals(bytes, OURS.decodeToBytes(ours)), () -> describe(text));
  }

  private static String describe(String text) {
    StringBuilder escaped = new StringBuilder();
    text.chars().forEach(c -> escaped.append(String.format(Locale.ROOT, "\\u%04X", c)));
    return escaped.toString();
  }

  @Test
  void anyBytesAreDecodedLosslessly() {
    Random random = new Random(7);
    int[] ids = random.ints(20_000, 0, OURS.vocabSize()).toArray();
    assertArrayEquals(ORACLE.decodeToBytes(ids), OURS.decodeToBytes(ids));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<|endoftext|>",
        "a<|endoftext|>b",
        "<|endoftext|><|endoftext|> x",
        "<|endoftext|"
      })
  void specialTokensAreEncodedOnlyWhenAskedFor(String text) {
    assertArrayEquals(ORACLE.encode(text), OURS.encode(text));
    assertArrayEquals(ORACLE.encodeWithSpecialTokens(text), OURS.encodeWithSpecialTokens(text));
    assertEquals(text, OURS.decode(OURS.encode(text)));
    assertEquals(text, OURS.decode(OURS.encodeWithSpecialTokens(text)));
    assertEquals(text, ORACLE.decode(ORACLE.encodeWithSpecialTokens(text)));
    long specials =
        Arrays.stream(OURS.encodeWithSpecialTokens(text)).filter(id -> id == 50_256).count();
    assertEquals(text.split("<\\|endoftext\\|>", -1).length - 1, specials);
  }

  @Test
  void aMegabyteOfTextIsEncodedAsJTokkitDoes() {
    RandomText texts = new RandomText(3);
    StringBuilder text = new StringBuilder();
    while (text.length() < 1 << 20) {
      text.append(texts.next());
    }
    assertArrayEquals(ORACLE.encode(text.toString()), OURS.encode(text.toString()));
  }

  /// A quadratic encoder would need minutes for these; they are here to be run, not to be timed.
  @Test
  void wordsOfAHundredThousandLettersAreEncodedAsJTokkitDoes() {
    Random random = new Random(11);
    StringBuilder letters = new StringBuilder();
    while (letters.length() < 100_000) {
      letters.append((char) ('a' + random.nextInt(26)));
    }
    for (String word :
        new String[] {
          letters.toString(), "a".repeat(100_000), " ".repeat(100_000), "é".repeat(50_000)
        }) {
      assertArrayEquals(ORACLE.encode(word), OURS.encode(word));
    }
  }
}
