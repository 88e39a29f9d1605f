package dev.lockstep.testbackends;

import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.OptionValues;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A planted bug of some kind whose sort, layer, operation, position, id and length are drawn from
/// a seed: nobody who writes a check has seen it. `executionPath` says what was drawn.
public abstract class SeededFault extends TestBackend {
  private static final String SEED = "seed";

  /// @param kind what is drawn from
  SeededFault(String kind, String description) {
    super("seeded-" + kind, "drawn bug: " + description);
  }

  @Override
  public final List<BackendOption> options() {
    return List.of(
        new BackendOption.IntegerOption(SEED, 1, 0, Integer.MAX_VALUE, "which bug is drawn"));
  }

  /// Draws a bug for a model of this shape.
  abstract BrokenBackend drawn(Draw draw);

  @Override
  public final InferenceModel load(Gpt2Weights weights, OptionValues options) {
    Draw draw = new Draw(weights.config(), options.integer(SEED));
    BrokenBackend bug = drawn(draw);
    return new Described(
        bug.load(weights, OptionValues.defaults(bug.options())), bug.description());
  }

  /// A model that says what is wrong with it.
  private record Described(InferenceModel broken, String bug) implements InferenceModel {
    @Override
    public Gpt2Config config() {
      return broken.config();
    }

    @Override
    public InferenceSession newSession() {
      return broken.newSession();
    }

    @Override
    public Map<String, String> executionPath() {
      Map<String, String> path = new LinkedHashMap<>(broken.executionPath());
      path.put("fault", bug);
      return path;
    }

    @Override
    public void close() {
      broken.close();
    }
  }

  /// A bug that was drawn.
  abstract static class Drawn extends BrokenBackend {
    Drawn(String description) {
      super("seeded", description, "");
    }
  }
}
