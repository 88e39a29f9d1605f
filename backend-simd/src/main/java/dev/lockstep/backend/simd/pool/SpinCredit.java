package dev.lockstep.backend.simd.pool;

/// How long a worker spins before it parks: in vain for a tenth of the time at most.
///
/// On a quiet machine the others are nearly there, and spinning costs less than being woken. Where
/// other work takes the cores, the scheduler may keep two members of a team on one core. A member
/// that spins there keeps the one from running that it waits for, at every meeting, and a small
/// model loses most of its speed to that (docs/stages/3-simd.md). So a worker has a credit of time:
/// spinning that ends in parking uses it up, and the passing of time earns it back. A worker with
/// no credit parks almost at once, until the credit is full again.
///
/// The credit is large because a scheduler parts two threads only once it has seen both busy for a
/// while, and a parked thread looks idle: a few spins now and then would always be in vain.
///
/// Used by one thread at a time. Times are in nanoseconds of [System#nanoTime].
final class SpinCredit {
  /// The most that a worker can have, and has at first: several of a scheduler's time slices.
  static final long FULL = 20_000_000;

  /// How many nanoseconds must pass for one of credit.
  static final int PRICE = 10;

  /// How often a worker without credit looks before it parks.
  static final int FEW_LOOKS = 20;

  private final int maxLooks;
  private long credit = FULL;
  private long countedUntil;
  private boolean exhausted;

  /// @param maxLooks how often to look while there is credit
  SpinCredit(int maxLooks, long now) {
    this.maxLooks = maxLooks;
    countedUntil = now;
  }

  /// How often to look, before parking, for what is waited for.
  int looks(long now) {
    if (exhausted) {
      earn(now);
      exhausted = credit < FULL;
    }
    return exhausted ? Math.min(FEW_LOOKS, maxLooks) : maxLooks;
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
