package dev.lockstep.harness.worker;

/// A backend answered with something that no right one can answer, such as a row of logits of
/// another length than the vocabulary.
final class InvalidReplyException extends RuntimeException {
  InvalidReplyException(String message) {
    super(message);
  }
}
