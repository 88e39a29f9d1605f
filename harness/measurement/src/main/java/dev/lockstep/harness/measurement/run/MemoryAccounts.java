package dev.lockstep.harness.measurement.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Notices a backend that holds more memory outside the Java heap than it says, so that the plan of
/// which workers fit into memory together is wrong, and one whose memory grows with the tokens.
///
/// The JVM's own memory outside the heap grows too, by compiled code and by what the compiler needs
/// meanwhile, and a cache of keys and values takes its pages only when they are first written, so
/// only what is far above that is named. Notes, never verdicts.
final class MemoryAccounts {
  /// As much the JVM may need for itself.
  private static final long ALLOWED_BYTES = 256L << 20;

  /// As much more while rounds are timed, when nearly all code is compiled, besides the cache.
  private static final long ALLOWED_GROWTH_BYTES = 64L << 20;

  /// What a worker held outside its heap beyond what it held before it loaded.
  ///
  /// @param declared what the backend says
  /// @param cache what the keys and values of a full context take
  /// @param atFirst when the first round began
  /// @param atLast when the last one was over
  /// @param tokens how many new tokens were generated between the two
  record Account(String label, long declared, long cache, long atFirst, long atLast, long tokens) {}

  private final Map<String, String> notes = new LinkedHashMap<>();

  void add(Account account) {
    long grown = account.atLast() - account.atFirst();
    if (grown > ALLOWED_GROWTH_BYTES + account.cache()) {
      notes.put(
          account.label(),
          String.format(
              Locale.ROOT,
              "%s: its memory outside the Java heap grew by %.3g MiB in %d tokens while it was timed: it keeps something of every answer",
              account.label(),
              mebibytes(grown),
              account.tokens()));
    } else if (account.atLast() > account.declared() + ALLOWED_BYTES) {
      notes.putIfAbsent(
          account.label(),
          String.format(
              Locale.ROOT,
              "%s: it holds %.3g MiB outside the Java heap, and its privateBytes less its heapBytes are %.3g MiB: the plan of what fits into memory relies on them",
              account.label(),
              mebibytes(account.atLast()),
              mebibytes(account.declared())));
    }
  }

  private static double mebibytes(long bytes) {
    return bytes / (double) (1 << 20);
  }

  /// A line for each backend that was named.
  List<String> notes() {
    return new ArrayList<>(notes.values());
  }
}
