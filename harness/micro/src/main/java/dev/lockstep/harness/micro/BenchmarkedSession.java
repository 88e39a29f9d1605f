package dev.lockstep.harness.micro;

import dev.lockstep.api.Backend;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.harness.worker.BackendLookup;
import dev.lockstep.harness.worker.catalog.BackendArguments;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.Models;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// A session in a JMH fork, at the position where the measured pass begins. The tokens are seeded
/// random ids: the work of a full forward pass does not depend on which they are.
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls the setup before anything else.
public abstract class BenchmarkedSession {
  private static final long SEED = 1;

  /// A model argument as the user writes it.
  @Param(Models.DEFAULT)
  public String model = "";

  /// A backend's id.
  @Param("kvcache")
  public String backend = "";

  /// Its options, `name=value:name=value`; empty for the defaults.
  @Param("")
  public String options = "";

  private LoadedModel checkpoint;
  private InferenceModel loaded;
  private InferenceSession session;
  private int[] tokens = {};
  private int firstAnswer;
  private int answer;

  /// How many tokens the session holds before each pass.
  abstract int prefixLength();

  /// How many tokens each pass appends.
  abstract int passLength();

  @Setup(Level.Trial)
  public void load() {
    endWithParent();
    BackendVariant variant = variant();
    Backend provider = variant.backend();
    checkpoint = Models.open(model);
    loaded = provider.load(checkpoint.weights(), variant.values());
    session = loaded.newSession();
    SplittableRandom random = new SplittableRandom(SEED);
    int vocabSize = checkpoint.config().vocabSize();
    if (prefixLength() > 0) {
      session.forward(random.ints(prefixLength(), 0, vocabSize).toArray());
    }
    tokens = random.ints(passLength(), 0, vocabSize).toArray();
    firstAnswer = pass();
  }

  private BackendVariant variant() {
    String argument = options.isEmpty() ? backend : backend + ":" + options;
    BackendCatalog found = BackendCatalog.of(List.of(BackendLookup.find(backend)));
    return BackendArguments.parse(found, List.of(argument)).getFirst();
  }

  /// JMH notices a parent that was killed only when it next reports to it.
  private static void endWithParent() {
    ProcessHandle parent = ProcessHandle.current().parent().orElseThrow();
    var _ = parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1));
  }

  final int pass() {
    session.rewind(prefixLength());
    answer = session.forwardGreedy(tokens);
    return answer;
  }

  /// The same tokens have the same answer, or what was timed was not one computation.
  @TearDown(Level.Iteration)
  public void requireSameAnswer() {
    if (answer != firstAnswer) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "the same tokens were first answered by %d and later by %d",
              firstAnswer,
              answer));
    }
  }

  @TearDown(Level.Trial)
  public void close() {
    session.close();
    loaded.close();
    checkpoint.close();
  }
}
