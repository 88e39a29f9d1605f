package dev.lockstep.backend.simd;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Backend;
import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import dev.lockstep.backend.simd.network.Footprint;
import java.util.List;

/// Stage 3: the same mathematics, laid out for the machine.
///
/// What it teaches: a token of stage 2 costs what it costs because of how memory is read and how
/// few of the processor's multipliers work at once. Four steps, each an option that can be taken
/// back alone: weights packed in the order in which they are read (`aligned`), independent chains
/// side by side (`unroll`), vectors (`vector`), threads (`threads`). None of them changes a bit of
/// the result.
public final class SimdBackend implements Backend {

  /// Until the compiler has seen a vector loop, every vector in it is a short-lived object. A small
  /// nursery keeps that garbage from becoming resident memory; warm code allocates next to nothing.
  private static final String YOUNG_GENERATION = "-Xmn64m";

  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public String id() {
    return "simd";
  }

  @Override
  public String description() {
    return "packed weights, register tiles, the Vector API, threads";
  }

  @Override
  public List<BackendOption> options() {
    return SimdOptions.DECLARED;
  }

  @Override
  public List<String> jvmArgs(OptionValues options) {
    return List.of(
        "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED",
        "-XX:+UseParallelGC",
        YOUNG_GENERATION);
  }

  @Override
  public long privateBytes(Gpt2Config config, OptionValues options) {
    SimdOptions simd = SimdOptions.of(options);
    return Footprint.bytes(config, simd.threads(), simd.certifiedHead());
  }

  /// Weights, cache and rows lie outside; a few rows of logits are handed over on the heap.
  @Override
  public long heapBytes(Gpt2Config config, OptionValues options) {
    return (4L * config.vocabSize()) * Float.BYTES;
  }

  @Override
  public Availability availability(OptionValues options) {
    try {
      return Hardware.availability(SimdOptions.of(options));
    } catch (RuntimeException | LinkageError e) {
      return new Availability.Unavailable(
          "the Vector API is unavailable: " + e,
          "run on JDK 25 with " + String.join(" ", jvmArgs(options)));
    }
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    return SimdModel.load(weights, SimdOptions.of(options));
  }
}
