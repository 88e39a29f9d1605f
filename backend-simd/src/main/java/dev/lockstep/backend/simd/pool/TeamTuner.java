package dev.lockstep.backend.simd.pool;

/// Decides whether a pass is run by the whole team or by its caller alone.
///
/// On a machine whose cores are taken, the scheduler puts a member aside now and then, for some
/// milliseconds, and all others wait for it at the next meeting. A token of a small model takes
/// less than that from beginning to end, so the team, twice as fast on a quiet machine, is five
/// times slower on a busy one. What is compared is measured, token by token, in windows:
///
/// - A team that waited gives way to the caller alone if that must be faster even so: without the
///   waiting a token takes the time t, and alone at most `size · t`.
/// - While the caller works alone, the team gets a window now and then, and keeps the work if it
///   takes less time.
///
/// A pass of several tokens is run as single ones are, unless it takes longer than the scheduler's
/// time slice: its work is shared out bit by bit, and who was put aside gets less of it.
///
/// On a quiet machine nobody is ever parked for long, so that nothing is tried there. No bit
/// depends on the choice. Guarded by the pool's turn.
class TeamTuner {
  /// Tokens from a decision to the next.
  static final int WINDOW = 8;

  /// Windows alone until the team gets another one.
  static final int WINDOWS_ALONE = 64;

  /// About what a scheduler gives a thread at a time.
  static final long SLICE_NANOS = 4_000_000;

  private static final double FORGET = 1.05;

  private final int size;
  private boolean alone;
  private int windowsAlone;
  private int tokens;
  private long nanos;
  private long parkedNanos;

  /// What a window took alone, when that was last known or at most.
  private long nanosAlone;

  /// What a token takes in a pass of several, alone and undisturbed, or at most: the least of late.
  private double nanosOfMany = Double.POSITIVE_INFINITY;

  private volatile long decoded;
  private volatile long decodedAlone;

  TeamTuner(int size) {
    this.size = size;
  }

  /// Whether the caller shall run a pass of so many tokens alone.
  boolean isAlone(int tokens) {
    return alone && (tokens == 1 || tokens * nanosOfMany < SLICE_NANOS);
  }

  /// Tells how long a pass took, and how long members of the team were parked in it, in all.
  @SuppressWarnings("NonAtomicVolatileUpdate") // one caller at a time
  void took(int tokens, boolean alone, long nanos, long parkedNanos) {
    if (size == 1) {
      return;
    }
    if (tokens > 1) {
      double all = alone ? nanos : atMostAlone(nanos, parkedNanos);
      nanosOfMany = Math.min(all / tokens, nanosOfMany * FORGET);
      return;
    }
    decoded++;
    decodedAlone += alone ? 1 : 0;
    this.nanos += nanos;
    this.parkedNanos += parkedNanos;
    this.tokens++;
    if (this.tokens == WINDOW) {
      decide();
      this.tokens = 0;
      this.nanos = 0;
      this.parkedNanos = 0;
    }
  }

  private void decide() {
    if (alone) {
      nanosAlone = nanos;
      windowsAlone++;
      alone = windowsAlone < WINDOWS_ALONE;
    } else if (windowsAlone > 0) {
      alone = nanos > nanosAlone;
      windowsAlone = 0;
    } else {
      nanosAlone = atMostAlone(nanos, parkedNanos);
      alone = nanosAlone < nanos;
    }
  }

  /// Who is late keeps all others waiting.
  private long atMostAlone(long nanos, long parkedNanos) {
    return size * (nanos - parkedNanos / (size - 1));
  }

  @Override
  public String toString() {
    long all = decoded;
    return all == 0 || decodedAlone == 0
        ? "whole"
        : "alone for %.0f %% of the tokens".formatted(100.0 * decodedAlone / all);
  }
}
