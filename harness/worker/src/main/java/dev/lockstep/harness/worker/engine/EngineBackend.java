package dev.lockstep.harness.worker.engine;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;

/// An engine where a backend is expected: it answers what the parent asks of its backends.
///
/// @param engine what is known of it
public record EngineBackend(Engine engine) implements Backend {

  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public String id() {
    return engine.id();
  }

  @Override
  public String description() {
    return engine.description();
  }

  /// None of it is on a heap of ours.
  @Override
  public long heapBytes(Gpt2Config config, OptionValues options) {
    return 0;
  }

  @Override
  public boolean approximate(OptionValues options) {
    return engine.claims().approximate();
  }

  @Override
  public Availability availability(OptionValues options) {
    throw inAnotherProcess();
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    throw inAnotherProcess();
  }

  private IllegalStateException inAnotherProcess() {
    return new IllegalStateException("the engine %s runs in another process".formatted(id()));
  }
}
