package dev.lockstep.harness.measurement.run;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.verification.RoundingOracle;
import dev.lockstep.harness.verification.SecretPass;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.engine.Engine;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Asks each backend prompts that nobody could foresee, while it is warm and alone, and has its
/// answers judged later.
final class SecretQuestions {
  /// How long a backend may take over them where the model is not small.
  private static final double MAX_MILLIS = 2000;

  private final RoundingOracle oracle;
  private final SecretPass pass;
  private final boolean small;
  private final Duration timeout;
  private final Map<String, SecretPass.Answers> answers = new LinkedHashMap<>();

  /// @param small whether the model is: then every backend is asked, however slow it is, and the
  ///     oracle started for its answers
  SecretQuestions(RoundingOracle oracle, Gpt2Config config, boolean small, Duration timeout) {
    this.oracle = oracle;
    this.pass = new SecretPass(oracle, config);
    this.small = small;
    this.timeout = timeout;
  }

  /// @throws WorkerFailure if the backend fails
  void ask(Competitor competitor) throws WorkerFailure {
    Worker worker = competitor.worker();
    Double millis = competitor.tokenMillisPerPosition();
    boolean quick = millis != null && SecretPass.millis(millis) <= MAX_MILLIS;
    if (worker != null && (small || quick)) {
      Engine engine = competitor.variant().engine();
      Integer endOfText = engine == null ? null : engine.endOfText();
      answers.put(competitor.variant().label(), pass.ask(worker, timeout, endOfText));
    }
  }

  /// Starts the oracle if it will be asked; what goes wrong is met again when it is.
  void prepare() {
    if (small && !answers.isEmpty()) {
      try {
        oracle.start();
      } catch (WorkerFailure e) {
        // Told by the judge.
      }
    }
  }

  /// @return null if there is nothing to judge, or if it would cost too much
  /// @throws WorkerFailure if the oracle fails
  SecretPass.@Nullable Result judge(Competitor competitor) throws WorkerFailure {
    SecretPass.Answers given = answers.get(competitor.variant().label());
    return given != null && (small || oracle.isRunning()) ? pass.judge(given) : null;
  }

  /// How long a token took, by backend, where that is known.
  Map<String, Double> tokenMillis() {
    Map<String, Double> millis = new LinkedHashMap<>();
    answers.forEach(
        (label, given) -> {
          Double known = given.tokenMillis();
          if (known != null) {
            millis.put(label, known);
          }
        });
    return millis;
  }
}
