package dev.lockstep.harness.worker.catalog;

import dev.lockstep.api.Backend;
import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import java.util.List;

/// A backend with an option of every kind, which runs nothing.
record OptionedBackend(String id) implements Backend {
  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public String description() {
    return "for tests";
  }

  @Override
  public List<BackendOption> options() {
    return List.of(
        new BackendOption.IntegerOption("threads", 2, 1, 8, "threads"),
        new BackendOption.ChoiceOption("mode", "fast", List.of("fast", "slow"), "mode"),
        new BackendOption.SwitchOption("fused", true, "fused"));
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    throw new UnsupportedOperationException();
  }
}
