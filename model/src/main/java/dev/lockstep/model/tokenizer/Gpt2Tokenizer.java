package dev.lockstep.model.tokenizer;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import com.knuddels.jtokkit.api.IntArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// GPT-2's own encoding, r50k_base, by JTokkit: for models of GPT-2's vocabulary that come without
/// vocabulary files, as synthetic ones do.
public final class Gpt2Tokenizer implements Tokenizer {
  public static final int VOCAB_SIZE = 50_257;
  private static final int END_OF_TEXT_ID = 50_256;

  private static final AddedTokens END_OF_TEXT =
      new AddedTokens(List.of(AddedToken.special(BytePairTokenizer.END_OF_TEXT, END_OF_TEXT_ID)));

  private final Encoding encoding =
      Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.R50K_BASE);

  @Override
  public int vocabSize() {
    return VOCAB_SIZE;
  }

  @Override
  public int[] encode(String text) {
    return encoding.encodeOrdinary(text).toArray();
  }

  @Override
  public int[] encodeWithSpecialTokens(String text) {
    IntStream.Builder ids = IntStream.builder();
    END_OF_TEXT.encode(text, true, ordinary -> IntStream.of(encode(ordinary)).forEach(ids), ids);
    return ids.build().toArray();
  }

  @Override
  public byte[] decodeToBytes(int... ids) {
    IntArrayList list = new IntArrayList(ids.length);
    for (int id : ids) {
      if (id < 0 || id >= VOCAB_SIZE) {
        throw new IllegalArgumentException(
            String.format(Locale.ROOT, "id %d is outside the vocabulary of %d", id, VOCAB_SIZE));
      }
      list.add(id);
    }
    return encoding.decodeBytes(list);
  }

  @Override
  public OptionalInt endOfTextId() {
    return OptionalInt.of(END_OF_TEXT_ID);
  }
}
