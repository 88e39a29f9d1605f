package dev.lockstep.backend.naive;

import dev.lockstep.api.Backend;
import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import java.util.List;

/// Stage 1. It teaches the formula: GPT-2 as one would write it on a whiteboard, scalar loops, the
/// whole sequence recomputed for every token.
///
/// With `precision=f64` every weight is widened and every operation is in double: the project's
/// own oracle for logits and activations.
public final class NaiveBackend implements Backend {
  private static final String PRECISION = "precision";

  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public String id() {
    return "naive";
  }

  @Override
  public String description() {
    return "the formula: scalar, the whole sequence recomputed for every token";
  }

  @Override
  public List<BackendOption> options() {
    return List.of(
        new BackendOption.ChoiceOption(
            PRECISION, "f32", List.of("f32", "f64"), "arithmetic; f64 is the oracle"));
  }

  /// The weights stay where they are. At full context about twenty rows of width C live at once
  /// for every position, and the scores and logits of one position.
  @Override
  public long privateBytes(Gpt2Config config, OptionValues options) {
    int bytes = options.text(PRECISION).equals("f64") ? Double.BYTES : Float.BYTES;
    long vectors = 13L * config.nLayer() * config.nEmbd();
    long rows = 20L * config.nPositions() * config.nEmbd();
    return bytes * (vectors + rows + config.nPositions() + 2L * config.vocabSize());
  }

  /// Everything that it holds is there.
  @Override
  public long heapBytes(Gpt2Config config, OptionValues options) {
    return privateBytes(config, options);
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    return options.text(PRECISION).equals("f64")
        ? new dev.lockstep.backend.naive.f64.NaiveModel(
            new dev.lockstep.backend.naive.f64.Layers(weights))
        : new dev.lockstep.backend.naive.f32.NaiveModel(
            new dev.lockstep.backend.naive.f32.Layers(weights));
  }
}
