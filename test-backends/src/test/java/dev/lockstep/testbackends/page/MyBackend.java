package dev.lockstep.testbackends.page;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;

public final class MyBackend implements Backend {
  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public String id() {
    return "my-backend";
  }

  @Override
  public String description() {
    return "the whole sequence again for every token";
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    return new MyModel(weights);
  }
}
