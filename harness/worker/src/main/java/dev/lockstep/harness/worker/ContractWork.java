package dev.lockstep.harness.worker;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Backend;
import dev.lockstep.tck.ContractReport.LawResult;
import dev.lockstep.tck.ContractReport.Status;
import dev.lockstep.tck.ContractRunner;
import dev.lockstep.tck.Stress;
import dev.lockstep.tck.Subject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Holds a backend to the contract and tells the parent of every law as it goes.
final class ContractWork implements Subject, ContractRunner.Progress {
  private static final String STRESS_TOPIC = "Stress";

  private final Backend backend;
  private final Map<String, String> options;
  private final boolean bitIdenticalBatches;
  private final RequestHandler.Sender sender;

  ContractWork(
      Backend backend,
      Map<String, String> options,
      boolean bitIdenticalBatches,
      RequestHandler.Sender sender) {
    this.backend = backend;
    this.options = options;
    this.bitIdenticalBatches = bitIdenticalBatches;
    this.sender = sender;
  }

  /// @param laws the laws to put to the test; all where there are none
  void run(List<String> laws) {
    ContractRunner.run(this, laws, this);
  }

  /// @param seed of the first schedule
  void stress(Duration time, long seed) {
    if (backend.availability(optionValues())
        instanceof Availability.Unavailable(String reason, String remedy)) {
      finished(stressed("", Status.SKIPPED, reason + "; " + remedy));
      return;
    }
    Stress.Result result =
        Stress.run(
            this, time, seed, own -> started(STRESS_TOPIC, Stress.LAW, "schedule of seed " + own));
    String problem = result.problem();
    finished(
        stressed(
            String.format(Locale.ROOT, "seeds %s to %s", seed, seed + result.schedules() - 1),
            problem == null ? Status.PASSED : Status.FAILED,
            problem == null ? "" : problem));
  }

  private static LawResult stressed(String variant, Status status, String reason) {
    return new LawResult(STRESS_TOPIC, Stress.LAW, variant, status, reason);
  }

  @Override
  public Backend backend() {
    return backend;
  }

  @Override
  public Map<String, String> options() {
    return options;
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return bitIdenticalBatches;
  }

  @Override
  public void started(String topic, String law, String variant) {
    send(new Reply.LawStarted(topic, law, variant));
  }

  @Override
  public void finished(LawResult result) {
    send(new Reply.LawFinished(result));
  }

  private void send(Reply reply) {
    try {
      sender.send(reply);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
