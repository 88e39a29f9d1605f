package dev.lockstep.backend.simd.draft;

import java.util.concurrent.atomic.LongAdder;

/// How many drafted tokens turned out to be the ones that the model would have chosen.
public final class DraftCount {
  private final LongAdder drafted = new LongAdder();
  private final LongAdder accepted = new LongAdder();

  public void add(int drafted, int accepted) {
    this.drafted.add(drafted);
    this.accepted.add(accepted);
  }

  @Override
  public String toString() {
    return accepted.sum() + " of " + drafted.sum();
  }
}
