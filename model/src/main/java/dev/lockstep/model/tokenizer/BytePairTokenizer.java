package dev.lockstep.model.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// GPT-2's byte-level BPE, from a vocabulary and its merges.
///
/// Added tokens are found in the text first ([AddedTokens]). What lies between is cut into pieces
/// ([PreTokenizer]), a piece into the bytes of its UTF-8, and the bytes are joined by the merges in
/// the order in which they were learnt ([BytePairMerges]). Since every single byte is a token,
/// every text has an encoding and none is unknown.
///
/// Source: OpenAI's gpt-2, `encoder.py`; for added tokens and [Rules] Hugging Face's tokenizers.
public final class BytePairTokenizer implements Tokenizer {
  /// The one special token of GPT-2.
  public static final String END_OF_TEXT = "<|endoftext|>";

  private static final byte[] REPLACEMENT = "\uFFFD".getBytes(StandardCharsets.UTF_8);

  private final byte[][] bytesOfId;
  private final Rules rules;
  private final AddedTokens addedTokens;
  private final BytePairMerges merges;

  /// The ids of whole pieces, in [ByteAlphabet], that no merge is tried on.
  private final Map<String, Integer> wholePieces;

  private final OptionalInt endOfTextId;

  /// Two symbols that become one, in [ByteAlphabet].
  public record Merge(String left, String right) {}

  /// How a tokenizer differs from GPT-2's own.
  ///
  /// @param addPrefixSpace whether a text, and each part of one between added tokens, gets a space
  ///     before it where it has none
  /// @param splitsIntoPieces whether merges stop at the pieces of [PreTokenizer]
  /// @param ignoresMerges whether a piece that is a word is its token, whatever the merges say
  /// @param before ids that every text begins with
  /// @param after ids that every text ends with
  /// @param notes see [Tokenizer#notes]
  public record Rules(
      boolean addPrefixSpace,
      boolean splitsIntoPieces,
      boolean ignoresMerges,
      List<Integer> before,
      List<Integer> after,
      List<String> notes) {
    /// GPT-2's own.
    public static final Rules GPT2 = new Rules(false, true, false, List.of(), List.of(), List.of());

    public Rules {
      before = List.copyOf(before);
      after = List.copyOf(after);
      notes = List.copyOf(notes);
    }
  }

  /// GPT-2's rules; `<|endoftext|>` is special, if the vocabulary has it.
  ///
  /// @see #BytePairTokenizer(List, List, List, Rules, int)
  public BytePairTokenizer(List<String> words, List<Merge> merges, int vocabSize) {
    this(words, merges, endOfText(words), Rules.GPT2, vocabSize);
  }

  private static List<AddedToken> endOfText(List<String> words) {
    int id = words.indexOf(END_OF_TEXT);
    return id < 0 ? List.of() : List.of(AddedToken.special(END_OF_TEXT, id));
  }

  /// @param words the vocabulary in [ByteAlphabet], by id; it holds all 256 single bytes. A word
  ///     that
  ///     is not of the alphabet can come of no text, and is a special token
  /// @param merges in the order in which they were learnt
  /// @param added may repeat words under their ids
  /// @param vocabSize ids that the model can produce, beyond those of words and added tokens; the
  ///     ids
  ///     beyond are padding of the embedding, and decode to U+FFFD
  /// @throws IllegalArgumentException if a word is empty or occurs twice, a byte is missing, an id
  ///     is
  ///     outside the vocabulary, or a merge names or makes a word that is not in the vocabulary
  public BytePairTokenizer(
      List<String> words, List<Merge> merges, List<AddedToken> added, Rules rules, int vocabSize) {
    if (words.size() > vocabSize) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "has %d words where the model's vocab_size is %d",
              words.size(),
              vocabSize));
    }
    this.rules = rules;
    Map<String, Integer> idOfWord = HashMap.newHashMap(words.size());
    Map<String, AddedToken> tokens = new LinkedHashMap<>();
    bytesOfId = new byte[vocabSize][];
    Arrays.fill(bytesOfId, words.size(), vocabSize, REPLACEMENT);
    for (int id = 0; id < words.size(); id++) {
      String word = words.get(id);
      if (idOfWord.putIfAbsent(word, id) != null) {
        throw new IllegalArgumentException("holds the word '%s' twice".formatted(word));
      }
      if (word.isEmpty()) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "has an empty word (id %d)", id));
      }
      byte[] bytes = ByteAlphabet.read(word);
      if (bytes == null) {
        tokens.put(word, AddedToken.special(word, id));
      }
      bytesOfId[id] = bytes == null ? word.getBytes(StandardCharsets.UTF_8) : bytes;
    }
    for (AddedToken token : added) {
      if (token.id() < 0 || token.id() >= vocabSize) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "token '%s' has the id %d where the model's vocab_size is %d",
                token.content(),
                token.id(),
                vocabSize));
      }
      tokens.put(token.content(), token);
      bytesOfId[token.id()] = token.content().getBytes(StandardCharsets.UTF_8);
    }
    addedTokens = new AddedTokens(tokens.values());
    this.merges = new BytePairMerges(idsOfBytes(idOfWord));
    merges.forEach(merge -> add(merge, idOfWord));
    wholePieces = rules.ignoresMerges() ? idOfWord : Map.of();
    AddedToken endOfText = tokens.get(END_OF_TEXT);
    endOfTextId = endOfText == null ? OptionalInt.empty() : OptionalInt.of(endOfText.id());
  }

  private static int[] idsOfBytes(Map<String, Integer> idOfWord) {
    return IntStream.range(0, 256)
        .map(
            b -> {
              Integer id = idOfWord.get(ByteAlphabet.write(new byte[] {(byte) b}));
              if (id == null) {
                throw new IllegalArgumentException(
                    String.format(
                        Locale.ROOT,
                        "lacks the byte 0x%02X: it is not the vocabulary of a byte-level BPE",
                        b));
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
    return encode(text, false);
  }

  @Override
  public int[] encodeWithSpecialTokens(String text) {
    return encode(text, true);
  }

  private int[] encode(String text, boolean withSpecial) {
    IntStream.Builder ids = IntStream.builder();
    rules.before().forEach(ids::add);
    addedTokens.encode(text, withSpecial, ordinary -> encodeOrdinary(ordinary, ids), ids);
    rules.after().forEach(ids::add);
    return ids.build().toArray();
  }

  private void encodeOrdinary(String given, IntStream.Builder ids) {
    String text = rules.addPrefixSpace() && !given.startsWith(" ") ? " " + given : given;
    if (!rules.splitsIntoPieces()) {
      encodePiece(text, ids);
      return;
    }
    PreTokenizer pieces = new PreTokenizer(text);
    int start = 0;
    while (pieces.hasNext()) {
      int end = pieces.nextEnd();
      encodePiece(text.substring(start, end), ids);
      start = end;
    }
  }

  private void encodePiece(String piece, IntStream.Builder ids) {
    byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
    Integer whole = wholePieces.isEmpty() ? null : wholePieces.get(ByteAlphabet.write(bytes));
    if (whole == null) {
      merges.encode(bytes, ids::add);
    } else {
      ids.add(whole);
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

  @Override
  public List<String> notes() {
    return rules.notes();
  }
}
