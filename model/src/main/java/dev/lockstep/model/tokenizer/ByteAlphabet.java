package dev.lockstep.model.tokenizer;

import org.jspecify.annotations.Nullable;

/// The alphabet in which GPT-2's vocabulary files write bytes: a printable character for each of
/// the 256, so that a token of any bytes is a word without spaces. Bytes that are printable in
/// Latin-1 stand for themselves; the others, in order, are U+0100 and up. A space is `Ġ`.
///
/// Source: `bytes_to_unicode` of OpenAI's gpt-2, `encoder.py`.
public final class ByteAlphabet {
  private static final char[] CHARACTERS = new char[256];
  private static final int[] BYTES = new int[512];

  static {
    java.util.Arrays.fill(BYTES, -1);
    char next = 256;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      CHARACTERS[b] = printable ? (char) b : next++;
      BYTES[CHARACTERS[b]] = b;
    }
  }

  private ByteAlphabet() {}

  /// The word that stands for these bytes.
  public static String write(byte[] bytes) {
    char[] word = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      word[i] = CHARACTERS[bytes[i] & 0xFF];
    }
    return new String(word);
  }

  /// The bytes that a word stands for, or null if a character of it is not of this alphabet.
  public static byte @Nullable [] read(String word) {
    byte[] bytes = new byte[word.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = word.charAt(i);
      if (c >= BYTES.length || BYTES[c] < 0) {
        return null;
      }
      bytes[i] = (byte) BYTES[c];
    }
    return bytes;
  }
}
