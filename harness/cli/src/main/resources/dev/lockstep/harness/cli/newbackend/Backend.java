package __package__;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;

/// The entry point, named in `META-INF/services/dev.lockstep.api.Backend`.
public final class __Name__Backend implements Backend {
  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public String id() {
    return "__id__";
  }

  @Override
  public String description() {
    return "the whole sequence again for every token";
  }

  /// The rows of a layer and of the logits at full context; the weights are read where they lie.
  @Override
  public long privateBytes(Gpt2Config config, OptionValues options) {
    return (16L * config.nEmbd() + config.vocabSize()) * config.nPositions() * Float.BYTES;
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    return new __Name__Model(weights);
  }
}
