package dev.lockstep.testbackends;

import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Ceilings;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.backend.naive.f32.Layers;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Backends that say wrong things of themselves. They would stop the harness at start-up, so they
/// are not among the registered ones.
final class BrokenProviders {
  private BrokenProviders() {}

  static List<BrokenBackend> all() {
    return List.of(
        badId(), badOption(), noFootprint(), noThreads(), noBandwidth(), noShape(), oldSpi());
  }

  private static BrokenBackend badId() {
    return new BrokenBackend("Bad Id", "an id with a space", "") {};
  }

  private static BrokenBackend badOption() {
    return new BrokenBackend("bad-option", "a default that is not legal", "") {
      @Override
      public List<BackendOption> options() {
        return List.of(new BackendOption.IntegerOption("n", 0, 1, 2, "help"));
      }
    };
  }

  private static BrokenBackend noFootprint() {
    return new BrokenBackend("no-footprint", "it needs no memory", "") {
      @Override
      public long privateBytes(Gpt2Config config, OptionValues options) {
        return 0;
      }
    };
  }

  private static BrokenBackend noThreads() {
    return new BrokenBackend("no-threads", "it does not say how many threads", "") {
      @Override
      public InferenceModel load(Gpt2Weights weights, OptionValues options) {
        return new KvCacheModel(new Layers(weights)) {
          @Override
          public Map<String, String> executionPath() {
            return Map.of("device", "cpu");
          }
        };
      }
    };
  }

  private static BrokenBackend noShape() {
    return new BrokenBackend("no-shape", "its sessions do not know the model's shape", "") {
      @Override
      public InferenceModel load(Gpt2Weights weights, OptionValues options) {
        return new DelegatingModel(
            weights,
            right ->
                new DelegatingSession(right) {
                  @Override
                  public Gpt2Config config() {
                    return new Gpt2Config(1, 1, 1, 1, 1, 1e-5);
                  }
                });
      }
    };
  }

  private static BrokenBackend oldSpi() {
    return new BrokenBackend("old-spi", "it was built for the version before", "") {
      @Override
      public int spiVersion() {
        return Spi.VERSION - 1;
      }
    };
  }

  private static BrokenBackend noBandwidth() {
    return new BrokenBackend("no-bandwidth", "it measured a bandwidth of 0", "") {
      @Override
      public InferenceModel load(Gpt2Weights weights, OptionValues options) {
        return new KvCacheModel(new Layers(weights)) {
          @Override
          public Optional<Ceilings> measureCeilings() {
            return Optional.of(new Ceilings(0, 1));
          }
        };
      }
    };
  }
}
