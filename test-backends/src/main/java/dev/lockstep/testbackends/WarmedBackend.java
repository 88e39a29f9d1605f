package dev.lockstep.testbackends;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Backend;
import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/// Another backend that has worked for a while before it is handed over: what it then takes for an
/// answer is what a warm-up must get the other one to.
public final class WarmedBackend extends TestBackend {
  private static final String OF = "of";
  private static final String SECONDS = "seconds";
  private static final int MAX_PROMPT_TOKENS = 16;
  private static final int NEW_TOKENS = 32;

  public WarmedBackend() {
    super("warmed", "another backend, warmed up before it is handed over");
  }

  @Override
  public List<BackendOption> options() {
    return List.of(
        new BackendOption.TextOption(OF, "kvcache", "the id of the other backend"),
        new BackendOption.IntegerOption(SECONDS, 60, 0, 3600, "how long it works before"));
  }

  private static Backend other(OptionValues options) {
    String id = options.text(OF);
    for (Backend backend : ServiceLoader.load(Backend.class, Backend.class.getClassLoader())) {
      if (!(backend instanceof WarmedBackend) && backend.id().equals(id)) {
        return backend;
      }
    }
    throw new IllegalArgumentException("there is no backend '%s' to warm up".formatted(id));
  }

  private static OptionValues defaults(Backend backend) {
    return OptionValues.defaults(backend.options());
  }

  @Override
  public List<String> jvmArgs(OptionValues options) {
    Backend other = other(options);
    return other.jvmArgs(defaults(other));
  }

  @Override
  public long privateBytes(Gpt2Config config, OptionValues options) {
    Backend other = other(options);
    return other.privateBytes(config, defaults(other));
  }

  @Override
  public long heapBytes(Gpt2Config config, OptionValues options) {
    Backend other = other(options);
    return other.heapBytes(config, defaults(other));
  }

  @Override
  public Availability availability(OptionValues options) {
    Backend other = other(options);
    return other.availability(defaults(other));
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    Backend other = other(options);
    InferenceModel model = other.load(weights, defaults(other));
    Gpt2Config config = model.config();
    int promptTokens = Math.min(MAX_PROMPT_TOKENS, (config.nPositions() + 1) / 2);
    int newTokens = Math.min(NEW_TOKENS, config.nPositions() + 1 - promptTokens);
    SplittableRandom random = new SplittableRandom(1);
    long start = System.nanoTime();
    long nanos = TimeUnit.SECONDS.toNanos(options.integer(SECONDS));
    try (InferenceSession session = model.newSession()) {
      while (System.nanoTime() - start < nanos) {
        int[] prompt =
            random.ints(1 + random.nextInt(promptTokens), 0, config.vocabSize()).toArray();
        session.rewind(0);
        session.generateGreedy(prompt, newTokens, token -> {});
      }
    }
    return model;
  }
}
