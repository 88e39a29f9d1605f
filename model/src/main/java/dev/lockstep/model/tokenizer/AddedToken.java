package dev.lockstep.model.tokenizer;

/// A token that is matched in the text before BPE sees it: the part of a tokenizer that was not
/// learnt. The flags are Hugging Face's.
///
/// @param content the text that it is
/// @param special part of the protocol and not of the language: matched only where that is asked
///     for
/// @param singleWord not matched beside a character of a word
/// @param lstrip takes the whitespace before it
/// @param rstrip takes the whitespace after it
/// @param normalized matched in what the tokens without this flag leave. (There is no normalizer
///     here that would give it more meaning.)
public record AddedToken(
    String content,
    int id,
    boolean special,
    boolean singleWord,
    boolean lstrip,
    boolean rstrip,
    boolean normalized) {

  /// A special token without flags.
  public static AddedToken special(String content, int id) {
    return new AddedToken(content, id, true, false, false, false, false);
  }

  /// The same as a special token.
  public AddedToken asSpecial() {
    return new AddedToken(content, id, true, singleWord, lstrip, rstrip, normalized);
  }
}
