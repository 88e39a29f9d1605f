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
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.opentest4j.TestAbortedException;

/// Runs the contract without a build: for a backend that is a jar and has no tests of its own.
public final class ContractRunner {
  /// The laws about models that were made for what an ordinary model never puts to the test: ids
  /// that win nowhere, choices that are close, numbers that are large, tiny or none.
  public static final List<String> WEAK_POINTS =
      List.of(
          "everyIdCanWin",
          "theLowestIdWinsATie",
          "theGreatestLogitWinsHoweverCloseTheOthersAre",
          "everyOperationIsWhatItsInputsGive",
          "theLayerNormEpsilonIsTheConfigs",
          "largeWeightsGiveFiniteLogits",
          "zeroWeightsGiveZeroLogits",
          "aWeightThatIsNoNumberSpoilsWhatDependsOnItAndNothingElse",
          "aBiasThatIsNoNumberSpoilsEveryLogit",
          "anInfiniteWeightOfTheHeadSpoilsItsLogitAndNoOther");

  private ContractRunner() {}

  /// Follows a run as it goes, so that it is known how far it came if the backend takes the process
  /// with it.
  public interface Progress {
    /// A law, or a variant of one, is about to be put to the test. The names are those of
    /// [LawResult].
    void started(String topic, String law, String variant);

    /// It was.
    void finished(LawResult result);

    /// For those who only want the report.
    Progress NONE =
        new Progress() {
          @Override
          public void started(String topic, String law, String variant) {}

          @Override
          public void finished(LawResult result) {}
        };
  }

  /// Runs every law on a backend, in this process and on this thread, one run at a time.
  ///
  /// @param subject at least the backend: `ContractRunner.run(() -> backend)`
  public static ContractReport run(Subject subject) {
    return run(subject, List.of(), Progress.NONE);
  }

  /// As [#run(Subject)], telling what happens while it happens.
  ///
  /// @param laws the laws to put to the test; all where there are none
  public static synchronized ContractReport run(
      Subject subject, List<String> laws, Progress progress) {
    SubjectContract.subject = subject;
    Collector collector = new Collector(progress);
    PostDiscoveryFilter wanted =
        test ->
            FilterResult.includedIf(
                laws.isEmpty()
                    || !(test.getSource().orElse(null) instanceof MethodSource source)
                    || laws.contains(source.getMethodName()));
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClass(SubjectContract.class))
                .filters(wanted)
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
    private final Progress progress;

    Collector(Progress progress) {
      this.progress = progress;
    }

    @Override
    public void executionStarted(TestIdentifier test) {
      if (test.isTest()) {
        LawResult law = law(test, Status.SKIPPED, "");
        progress.started(law.topic(), law.law(), law.variant());
      }
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      Status status =
          switch (result.getStatus()) {
            case SUCCESSFUL -> Status.PASSED;
            case ABORTED -> Status.SKIPPED;
            case FAILED -> Status.FAILED;
          };
      if (test.isTest() || status != Status.PASSED) {
        LawResult law = law(test, status, result.getThrowable().map(Collector::reason).orElse(""));
        results.add(law);
        progress.finished(law);
      }
    }

    private static LawResult law(TestIdentifier test, Status status, String reason) {
      if (!(test.getSource().orElse(null) instanceof MethodSource source)) {
        return new LawResult("contract", test.getDisplayName(), "", status, reason);
      }
      Method method = source.getJavaMethod();
      String topic = method.getDeclaringClass().getSimpleName();
      boolean single = test.getDisplayName().equals(method.getName() + "()");
      String variant = single ? "" : test.getDisplayName();
      return new LawResult(topic, method.getName(), variant, status, reason);
    }

    /// The first line. What an assertion says speaks for itself; of anything else the class matters
    /// too.
    private static String reason(Throwable thrown) {
      boolean said = thrown instanceof AssertionError || thrown instanceof TestAbortedException;
      String text = said ? String.valueOf(thrown.getMessage()) : thrown.toString();
      return text.lines().findFirst().orElse("");
    }
  }
}
