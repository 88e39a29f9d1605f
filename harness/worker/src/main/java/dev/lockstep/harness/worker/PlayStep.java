package dev.lockstep.harness.worker;

/// One call to one session in a [Request.Play].
///
/// @param session which session, from 0; one comes into being when it is first named
/// @param action what is done
/// @param tokens what is appended, or the prompt; empty where the action takes none
/// @param count the position to rewind to, or how many tokens to generate; else 0
public record PlayStep(int session, Action action, int[] tokens, int count) {

  /// What a session can be asked to do.
  public enum Action {
    /// `forward`: a row of logits.
    FORWARD,
    /// `forwardAll`: a row of logits a token.
    FORWARD_ALL,
    /// `forwardAllF64`: a row of logits a token.
    FORWARD_ALL_F64,
    /// `forwardGreedy`: a token, no logits.
    FORWARD_GREEDY,
    /// `generateGreedy`: tokens, no logits.
    GENERATE,
    /// `rewind`.
    REWIND,
    /// Record the activations of the calls that follow.
    OBSERVE,
    /// `close`.
    CLOSE
  }

  private static final int[] NONE = {};

  public static PlayStep forward(int session, int... tokens) {
    return new PlayStep(session, Action.FORWARD, tokens, 0);
  }

  public static PlayStep forwardAll(int session, int... tokens) {
    return new PlayStep(session, Action.FORWARD_ALL, tokens, 0);
  }

  public static PlayStep forwardAllF64(int session, int... tokens) {
    return new PlayStep(session, Action.FORWARD_ALL_F64, tokens, 0);
  }

  public static PlayStep forwardGreedy(int session, int... tokens) {
    return new PlayStep(session, Action.FORWARD_GREEDY, tokens, 0);
  }

  public static PlayStep generate(int session, int[] prompt, int count) {
    return new PlayStep(session, Action.GENERATE, prompt, count);
  }

  public static PlayStep rewind(int session, int position) {
    return new PlayStep(session, Action.REWIND, NONE, position);
  }

  public static PlayStep observe(int session) {
    return new PlayStep(session, Action.OBSERVE, NONE, 0);
  }

  public static PlayStep close(int session) {
    return new PlayStep(session, Action.CLOSE, NONE, 0);
  }

  /// How many rows of logits it gives.
  public int rows() {
    return switch (action) {
      case FORWARD -> 1;
      case FORWARD_ALL, FORWARD_ALL_F64 -> tokens.length;
      case FORWARD_GREEDY, GENERATE, REWIND, OBSERVE, CLOSE -> 0;
    };
  }
}
