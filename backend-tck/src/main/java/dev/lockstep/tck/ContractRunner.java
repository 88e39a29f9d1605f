package dev.lockstep.tck;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.ContractReport.LawResult;
import dev.lockstep.tck.ContractReport.Status;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// Runs the contract without a build: for a backend that is a jar and has no tests of its own.
public final class ContractRunner {
  private ContractRunner() {}

  /// Runs every law on a backend, in this process and on this thread, one run at a time.
  ///
  /// @param subject at least the backend: `ContractRunner.run(() -> backend)`
  public static synchronized ContractReport run(Subject subject) {
    SubjectContract.subject = subject;
    Collector collector = new Collector();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClass(SubjectContract.class))
                .build(),
            collector);
    return new ContractReport(subject.backend().id(), subject.options(), collector.results);
  }

  /// The contract about whatever was handed to [#run].
  static final class SubjectContract extends BackendContract {
    private static @Nullable Subject subject;

    private static Subject subject() {
      return Objects.requireNonNull(subject, "run through ContractRunner");
    }

    @Override
    public Backend backend() {
      return subject().backend();
    }

    @Override
    public Map<String, String> options() {
      return subject().options();
    }

    @Override
    public Tolerance tolerance() {
      return subject().tolerance();
    }

    @Override
    public boolean promisesBitIdenticalBatches() {
      return subject().promisesBitIdenticalBatches();
    }

    @Override
    public List<Golden> goldens() {
      return subject().goldens();
    }
  }

  private static final class Collector implements TestExecutionListener {
    final List<LawResult> results = new ArrayList<>();

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      boolean passed = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
      if (test.isTest() || !passed) {
        results.add(result(test, result));
      }
    }

    private static LawResult result(TestIdentifier test, TestExecutionResult result) {
      Status status =
          switch (result.getStatus()) {
            case SUCCESSFUL -> Status.PASSED;
            case ABORTED -> Status.SKIPPED;
            case FAILED -> Status.FAILED;
          };
      String reason =
          result.getThrowable().map(Throwable::toString).orElse("").lines().findFirst().orElse("");
      if (!(test.getSource().orElse(null) instanceof MethodSource source)) {
        return new LawResult("contract", test.getDisplayName(), "", status, reason);
      }
      Method method = source.getJavaMethod();
      String topic = method.getDeclaringClass().getSimpleName();
      boolean single = test.getDisplayName().equals(method.getName() + "()");
      String variant = single ? "" : test.getDisplayName();
      return new LawResult(topic, method.getName(), variant, status, reason);
    }
  }
}
