package dev.lockstep.model;

import dev.lockstep.model.format.OneLine;

/// A model that cannot be used. The message is one line for a user: which file or argument, which
/// field and value, what the limit is and what to do.
public class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ModelException(String message) {
    super(OneLine.of(message));
  }

  public ModelException(String message, Throwable cause) {
    super(OneLine.of(message), cause);
  }
}
