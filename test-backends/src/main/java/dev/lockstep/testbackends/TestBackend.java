package dev.lockstep.testbackends;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Spi;

/// A backend that exists for tests: stage 2, but for one thing.
public abstract class TestBackend implements Backend {
  private final String id;
  private final String description;

  TestBackend(String id, String description) {
    this.id = id;
    this.description = description;
  }

  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public final String id() {
    return id;
  }

  @Override
  public final String description() {
    return description;
  }
}
