package dev.lockstep.model.tokenizer;

import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/// Encodes text around its added tokens: first those that a normalizer would not touch, then, in
/// what is left, the others. What lies between is encoded on its own.
final class AddedTokens {
  private final AddedTokenMatcher plain;
  private final AddedTokenMatcher normalized;

  AddedTokens(Collection<AddedToken> tokens) {
    plain = new AddedTokenMatcher(tokens.stream().filter(token -> !token.normalized()).toList());
    normalized = new AddedTokenMatcher(tokens.stream().filter(AddedToken::normalized).toList());
  }

  /// @param withSpecial whether special tokens are matched; otherwise they are text
  /// @param ordinary encodes what lies between
  void encode(String text, boolean withSpecial, Consumer<String> ordinary, IntConsumer ids) {
    plain.split(
        text,
        withSpecial,
        new Parts(rest -> normalized.split(rest, withSpecial, new Parts(ordinary, ids)), ids));
  }

  private record Parts(Consumer<String> ordinary, IntConsumer ids)
      implements AddedTokenMatcher.Parts {
    @Override
    public void text(String text) {
      ordinary.accept(text);
    }

    @Override
    public void token(AddedToken token) {
      ids.accept(token.id());
    }
  }
}
