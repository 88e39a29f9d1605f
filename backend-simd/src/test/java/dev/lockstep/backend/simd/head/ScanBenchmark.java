package dev.lockstep.backend.simd.head;

import dev.lockstep.backend.simd.memory.OffHeap;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The 8-bit scan over as many bytes as GPT-2's lm_head has. `bytes` is the rate in GB/s.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"})
public class ScanBenchmark {
  private static final int CHANNELS = 768;
  private static final int PANELS = 786;

  @Param({"128", "256", "512"})
  public int bits;

  private Arena arena = Arena.ofAuto();
  private ScanKernel kernel = new ScalarScan();
  private long address;
  private final float[] x = new float[CHANNELS];
  private final float[] y = new float[PANELS * QuantisedRows.PANEL];

  /// Bytes counted by JMH.
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Count {
    public long bytes;
  }

  @Setup
  public void setUp() {
    kernel = ScanKernel.create(bits);
    arena = Arena.ofAuto();
    OffHeap memory = OffHeap.allocate(bytes(), arena);
    address = memory.address();
    for (long at = 0; at < memory.byteSize(); at += 4096) {
      OffHeap.EVERYTHING.set(ValueLayout.JAVA_BYTE, address + at, (byte) 1);
    }
    Arrays.fill(x, 0.5f);
  }

  private static long bytes() {
    return (long) PANELS * QuantisedRows.PANEL * CHANNELS;
  }

  @Benchmark
  public float[] scan(Count count) {
    int half = PANELS / 2;
    for (int panel = 0; panel < half; panel++) {
      long at = address + (long) panel * QuantisedRows.PANEL * CHANNELS;
      long other = at + (long) half * QuantisedRows.PANEL * CHANNELS;
      int y0 = panel * QuantisedRows.PANEL;
      kernel.scan(x, 0, CHANNELS, at, other, y, y0, y0 + half * QuantisedRows.PANEL);
    }
    count.bytes += bytes();
    return y;
  }
}
