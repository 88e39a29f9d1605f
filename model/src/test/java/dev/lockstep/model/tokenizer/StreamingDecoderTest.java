package dev.lockstep.model.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamingDecoderTest {
  private static final Tokenizer GPT2 = new Gpt2Tokenizer();
  private static final Tokenizer BYTES = new ByteTokenizer(300);

  @Test
  void aCharacterAppearsWholeWithItsLastByte() {
    StreamingDecoder decoder = BYTES.streamingDecoder();
    assertEquals("a", decoder.push('a'));
    assertEquals("", decoder.push(0xF0));
    assertEquals("", decoder.push(0x9F));
    assertEquals("", decoder.push(0x91));
    assertEquals("\uD83D\uDC69", decoder.push(0xA9));
    assertEquals("", decoder.flush());
  }

  @Test
  void anUnfinishedCharacterBecomesAReplacementAtTheEnd() {
    StreamingDecoder decoder = BYTES.streamingDecoder();
    assertEquals("", decoder.push(0xE4));
    assertEquals("", decoder.push(0xBD));
    assertEquals("\uFFFD", decoder.flush());
    assertEquals("b", decoder.push('b'), "ready for another text");
  }

  @Test
  void whatAllCallsReturnIsTheDecodingOfTheWhole() {
    Random random = new Random(5);
    for (Tokenizer tokenizer : new Tokenizer[] {GPT2, BYTES}) {
      for (int round = 0; round < 2_000; round++) {
        int[] ids = random.ints(1 + random.nextInt(40), 0, tokenizer.vocabSize()).toArray();
        assertEquals(tokenizer.decode(ids), streamed(tokenizer, ids));
      }
    }
  }

  @Test
  void textIsNeverSplitWithinACharacter() {
    RandomText texts = new RandomText(6);
    for (int round = 0; round < 2_000; round++) {
      String text = texts.next().replaceAll("[\uD800-\uDFFF]", "\uD83D\uDC69");
      assertEquals(text, streamed(GPT2, GPT2.encode(text)));
      assertEquals(text, streamed(BYTES, BYTES.encode(text)));
    }
  }

  private static String streamed(Tokenizer tokenizer, int[] ids) {
    StreamingDecoder decoder = tokenizer.streamingDecoder();
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      String part = decoder.push(id);
      if (!part.isEmpty()) {
        assertFalse(Character.isLowSurrogate(part.charAt(0)));
        assertFalse(Character.isHighSurrogate(part.charAt(part.length() - 1)));
      }
      text.append(part);
    }
    assertTrue(text.length() <= 4 * tokenizer.decodeToBytes(ids).length);
    return text.append(decoder.flush()).toString();
  }
}
