package dev.lockstep.api;

/// Receives generated tokens, one call a token, in order, on the thread that generates. The harness
/// takes its timestamps here, so an implementation of a backend calls it as soon as the token is on
/// the host. Tokens that become known together (speculation) are handed over in calls that follow
/// each other at once.
@FunctionalInterface
public interface TokenSink {
  void accept(int token);
}
