package dev.lockstep.model.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.OptionalInt;

/// A token per byte: for synthetic models whose vocabulary is not GPT-2's. The ids from 256 on
/// stand for nothing and decode to U+FFFD.
public final class ByteTokenizer implements Tokenizer {
  /// Fewer ids than this cannot express every text.
  public static final int MIN_VOCAB_SIZE = 256;

  private static final byte[] REPLACEMENT = "\uFFFD".getBytes(StandardCharsets.UTF_8);

  private final int vocabSize;

  /// @throws IllegalArgumentException if the vocabulary is smaller than [#MIN_VOCAB_SIZE]
  public ByteTokenizer(int vocabSize) {
    if (vocabSize < MIN_VOCAB_SIZE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "a vocabulary of %d cannot hold %d bytes", vocabSize, MIN_VOCAB_SIZE));
    }
    this.vocabSize = vocabSize;
  }

  @Override
  public int vocabSize() {
    return vocabSize;
  }

  @Override
  public int[] encode(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = bytes[i] & 0xFF;
    }
    return ids;
  }

  @Override
  public int[] encodeWithSpecialTokens(String text) {
    return encode(text);
  }

  @Override
  public byte[] decodeToBytes(int... ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(ids.length);
    for (int id : ids) {
      if (id < 0 || id >= vocabSize) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "id %d is outside the vocabulary of %d", id, vocabSize));
      }
      if (id < MIN_VOCAB_SIZE) {
        bytes.write(id);
      } else {
        bytes.writeBytes(REPLACEMENT);
      }
    }
    return bytes.toByteArray();
  }

  @Override
  public OptionalInt endOfTextId() {
    return OptionalInt.empty();
  }
}
