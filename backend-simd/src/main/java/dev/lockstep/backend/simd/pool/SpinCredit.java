package dev.lockstep.backend.simd.pool;

/// How long a worker spins before it parks: in vain for a tenth of the time at most.
///
/// On a quiet machine the others are nearly there, and spinning costs a tenth of being woken. Where
/// cores are taken, the scheduler may keep two members of a team on one core; whoever spins there
/// keeps the very one from running that it waits for, at every meeting. That costs a small model
/// five times what it computes. So a worker has a credit of time: spinning that ends in parking
/// uses it up, and the passing of time earns it back. Who has none left parks almost at once, until
/// the credit is full again.
///
/// The credit is large because a scheduler parts two threads once it has seen both busy for a
/// while, and whoever parks looks idle: a few spins now and then would be in vain for ever.
///
/// Used by one thread at a time. Times are in nanoseconds of [System#nanoTime].
final class SpinCredit {
  /// The most that a worker can have, and has at first: several of a scheduler's time slices.
  static final long FULL = 20_000_000;

  /// How many nanoseconds must pass for one of credit.
  static final int PRICE = 10;

  /// How often a worker without credit looks before it parks.
  static final int FEW_LOOKS = 20;

  private final int mostLooks;
  private long credit = FULL;
  private long countedUntil;
  private boolean exhausted;

  /// @param mostLooks how often to look while there is credit
  SpinCredit(int mostLooks, long now) {
    this.mostLooks = mostLooks;
    countedUntil = now;
  }

  /// How often to look, before parking, for what is waited for.
  int looks(long now) {
    if (exhausted) {
      earn(now);
      exhausted = credit < FULL;
    }
    return exhausted ? Math.min(FEW_LOOKS, mostLooks) : mostLooks;
  }

  /// Tells that a worker has spun in vain.
  void failed(long from, long now) {
    if (!exhausted) {
      earn(now);
      credit -= now - from;
      exhausted = credit < 0;
    }
  }

  private void earn(long now) {
    credit = Math.min(FULL, credit + (now - countedUntil) / PRICE);
    countedUntil = now;
  }
}
