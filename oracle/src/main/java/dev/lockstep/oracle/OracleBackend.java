package dev.lockstep.oracle;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import java.util.List;

/// What the harness loads where it wants the naive backend's numbers: the same numbers, sooner.
///
/// It is no provider, so no run can time it and nobody can be held against it by name: the naive
/// backend stays the definition.
public final class OracleBackend implements Backend {
  /// Its id; no provider may have it.
  public static final String ID = "oracle";

  /// Raised when a number changes, were it in the last bit: answers of another version are not
  /// used.
  public static final int VERSION = 1;

  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public String id() {
    return ID;
  }

  @Override
  public String description() {
    return "the naive backend's numbers in both precisions, by vectors and threads";
  }

  @Override
  public List<String> jvmArgs(OptionValues options) {
    return List.of("--add-modules=jdk.incubator.vector");
  }

  /// The weights stay where they are. At full context: a cache of keys and values in single
  /// precision, about twenty rows of width C for every position in each precision, the strips of
  /// the threads, and the logits of [OracleModel#ROWS_AT_ONCE] positions in both.
  @Override
  public long privateBytes(Gpt2Config config, OptionValues options) {
    int bothPrecisions = Float.BYTES + Double.BYTES;
    long vectors = 13L * config.nLayer() * config.nEmbd();
    long rows = 20L * config.nPositions() * config.nEmbd();
    long strips = 64L * 4 * config.nEmbd() * Runtime.getRuntime().availableProcessors();
    long logits = (long) OracleModel.ROWS_AT_ONCE * config.vocabSize();
    return config.nPositions() * config.kvBytesPerPosition()
        + bothPrecisions * (vectors + rows + strips + logits);
  }

  /// Everything that it holds is there.
  @Override
  public long heapBytes(Gpt2Config config, OptionValues options) {
    return privateBytes(config, options);
  }

  @Override
  public OracleModel load(Gpt2Weights weights, OptionValues options) {
    return new OracleModel(weights);
  }
}
