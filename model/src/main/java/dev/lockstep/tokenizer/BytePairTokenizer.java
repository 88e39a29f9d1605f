package dev.lockstep.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// GPT-2's byte-level BPE, from a vocabulary and its merges.
///
/// Text is cut into pieces ([PreTokenizer]), a piece into the bytes of its UTF-8, and the bytes are
/// joined by the merges in the order in which they were learnt ([BytePairMerges]). Since every
/// single byte is a token, every text has an encoding and none is unknown.
///
/// Source: OpenAI's gpt-2, `encoder.py`.
public final class BytePairTokenizer implements Tokenizer {
  /// The one special token of GPT-2.
  public static final String END_OF_TEXT = "<|endoftext|>";

  private static final byte[] REPLACEMENT = "\uFFFD".getBytes(StandardCharsets.UTF_8);

  private final byte[][] bytesOfId;
  private final BytePairMerges merges;
  private final OptionalInt endOfTextId;

  /// Two symbols that become one, in [ByteAlphabet].
  public record Merge(String left, String right) {}

  /// @param words the vocabulary in [ByteAlphabet], by id; it holds all 256 single bytes
  /// @param merges in the order in which they were learnt
  /// @param vocabSize ids that the model can produce: at least `words.size()`; the ids beyond are
  ///     padding of the embedding, and decode to U+FFFD
  /// @throws IllegalArgumentException if a word is not of the alphabet or occurs twice, a byte is
  ///     missing, or a merge names or makes a word that is not in the vocabulary
  public BytePairTokenizer(List<String> words, List<Merge> merges, int vocabSize) {
    if (words.size() > vocabSize) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "has %d words where the model's vocab_size is %d",
              words.size(),
              vocabSize));
    }
    Map<String, Integer> idOfWord = HashMap.newHashMap(words.size());
    bytesOfId = new byte[vocabSize][];
    Arrays.fill(bytesOfId, words.size(), vocabSize, REPLACEMENT);
    for (int id = 0; id < words.size(); id++) {
      String word = words.get(id);
      if (idOfWord.putIfAbsent(word, id) != null) {
        throw new IllegalArgumentException("holds the word '%s' twice".formatted(word));
      }
      byte[] bytes = ByteAlphabet.read(word);
      if (bytes == null || bytes.length == 0) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "word '%s' (id %d) is not written in GPT-2's byte alphabet",
                word,
                id));
      }
      bytesOfId[id] = bytes;
    }
    this.merges = new BytePairMerges(idsOfBytes(idOfWord));
    merges.forEach(merge -> add(merge, idOfWord));
    Integer endOfText = idOfWord.get(END_OF_TEXT);
    endOfTextId = endOfText == null ? OptionalInt.empty() : OptionalInt.of(endOfText);
  }

  private static int[] idsOfBytes(Map<String, Integer> idOfWord) {
    return IntStream.range(0, 256)
        .map(
            b -> {
              Integer id = idOfWord.get(ByteAlphabet.write(new byte[] {(byte) b}));
              if (id == null) {
                throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "lacks the byte 0x%02X", b));
              }
              return id;
            })
        .toArray();
  }

  private void add(Merge merge, Map<String, Integer> idOfWord) {
    int left = idOf(merge.left(), merge, idOfWord);
    int right = idOf(merge.right(), merge, idOfWord);
    int merged = idOf(merge.left() + merge.right(), merge, idOfWord);
    if (!merges.add(left, right, merged)) {
      throw new IllegalArgumentException(
          "merge '%s %s' occurs twice".formatted(merge.left(), merge.right()));
    }
  }

  private static int idOf(String word, Merge merge, Map<String, Integer> idOfWord) {
    Integer id = idOfWord.get(word);
    if (id == null) {
      throw new IllegalArgumentException(
          "merge '%s %s' needs '%s', which the vocabulary lacks"
              .formatted(merge.left(), merge.right(), word));
    }
    return id;
  }

  @Override
  public int vocabSize() {
    return bytesOfId.length;
  }

  @Override
  public int[] encode(String text) {
    IntStream.Builder ids = IntStream.builder();
    encodeTo(text, ids);
    return ids.build().toArray();
  }

  @Override
  public int[] encodeWithSpecialTokens(String text) {
    return endOfTextId.isEmpty()
        ? encode(text)
        : SpecialTokens.encode(text, END_OF_TEXT, endOfTextId.getAsInt(), this::encode);
  }

  private void encodeTo(String text, IntStream.Builder ids) {
    PreTokenizer pieces = new PreTokenizer(text);
    int start = 0;
    while (pieces.hasNext()) {
      int end = pieces.nextEnd();
      merges.encode(text.substring(start, end).getBytes(StandardCharsets.UTF_8), ids::add);
      start = end;
    }
  }

  @Override
  public byte[] decodeToBytes(int... ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int id : ids) {
      if (id < 0 || id >= bytesOfId.length) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT, "id %d is outside the vocabulary of %d", id, bytesOfId.length));
      }
      bytes.writeBytes(bytesOfId[id]);
    }
    return bytes.toByteArray();
  }

  @Override
  public OptionalInt endOfTextId() {
    return endOfTextId;
  }
}
