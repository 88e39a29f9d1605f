package dev.lockstep.model.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;

/// Text to token ids and back. Immutable and safe for use by several threads.
///
/// Tokens stand for bytes, not characters: decoding any ids gives back exactly the bytes of the
/// tokens, and text that was encoded decodes to itself, apart from what the tokenizer's files ask
/// to add (a token at the beginning, a space) or to take away (whitespace beside an added token).
/// Java strings can hold lone surrogates, which no UTF-8 can express; they are encoded as `?`, as
/// [String#getBytes(java.nio.charset.Charset)] does.
public interface Tokenizer {

  /// Ids run from 0 to this, exclusive.
  int vocabSize();

  /// Encodes text. Special tokens, such as `<|endoftext|>`, are text like any other in it; added
  /// tokens that are not special are words of the language and become their tokens.
  int[] encode(String text);

  /// Encodes text in which special tokens become their tokens as well.
  int[] encodeWithSpecialTokens(String text);

  /// The bytes that the ids stand for, which may end within a character.
  ///
  /// @throws IllegalArgumentException if an id is outside the vocabulary
  byte[] decodeToBytes(int... ids);

  /// The text that the ids stand for; bytes that are no valid UTF-8 become U+FFFD.
  ///
  /// @throws IllegalArgumentException if an id is outside the vocabulary
  default String decode(int... ids) {
    return new String(decodeToBytes(ids), StandardCharsets.UTF_8);
  }

  /// The id of `<|endoftext|>`, if the vocabulary has it.
  OptionalInt endOfTextId();

  /// What the user should know of how the tokenizer's files were read, a line each.
  default List<String> notes() {
    return List.of();
  }

  /// A decoder for ids that arrive one by one.
  default StreamingDecoder streamingDecoder() {
    return new StreamingDecoder(this);
  }
}
