package dev.lockstep.harness.micro;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// The two kinds of forward pass that generating text consists of. Each ends with the greedy token
/// on the host, as in a run, and begins with a rewind, which belongs to the time.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class ForwardPass {
  static final String PREFILL = "prefill";
  static final String DECODE = "decode";
  static final String TOKENS = "tokens";
  static final String POSITION = "position";

  /// A whole prompt into an empty session.
  @State(Scope.Benchmark)
  public static class Prefill extends BenchmarkedSession {
    @Param({"10", "128", "512"})
    public int tokens;

    @Override
    int prefixLength() {
      return 0;
    }

    @Override
    int passLength() {
      return tokens;
    }
  }

  /// One token into a session that holds the ones before it.
  @State(Scope.Benchmark)
  public static class Decode extends BenchmarkedSession {
    @Param({"10", "128", "512"})
    public int position;

    @Override
    int prefixLength() {
      return position;
    }

    @Override
    int passLength() {
      return 1;
    }
  }

  @Benchmark
  public int prefill(Prefill session) {
    return session.pass();
  }

  @Benchmark
  public int decode(Decode session) {
    return session.pass();
  }
}
