package dev.lockstep.harness.measurement.run;

import dev.lockstep.harness.measurement.operations.OperationsJson;
import dev.lockstep.harness.measurement.results.AppendingCsv;
import dev.lockstep.harness.measurement.results.EnvironmentJson;
import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.results.SummaryCsv;
import dev.lockstep.harness.measurement.results.TokensCsv;
import dev.lockstep.harness.measurement.results.VerificationCsv;
import dev.lockstep.harness.measurement.statistics.AboveLimit;
import dev.lockstep.harness.measurement.statistics.Agreement;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.SampleOrder;
import dev.lockstep.harness.measurement.statistics.Status;
import dev.lockstep.harness.verification.AnswerStore;
import dev.lockstep.harness.verification.MatchClass;
import dev.lockstep.harness.verification.NearTieJudge;
import dev.lockstep.harness.verification.Reference;
import dev.lockstep.harness.verification.RoundingOracle;
import dev.lockstep.harness.verification.SharpPrompts;
import dev.lockstep.harness.verification.Verification;
import dev.lockstep.harness.worker.AvailabilityCheck;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.WorkerFailure;
import dev.lockstep.harness.worker.catalog.BackendCatalog;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.harness.worker.machine.AvailableMemory;
import dev.lockstep.harness.worker.probe.CpuProbe;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.golden.GoldenFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The main job from variants and prompts to files and an exit code.
public final class RunJob {
  /// What a run writes.
  public static final List<String> FILES =
      List.of(
          SamplesCsv.TABLE.fileName(),
          PlanFile.FILE_NAME,
          TokensCsv.TABLE.fileName(),
          SummaryCsv.TABLE.fileName(),
          VerificationCsv.TABLE.fileName(),
          OperationsJson.FILE_NAME,
          EnvironmentJson.FILE_NAME);

  private final Inputs in;
  private final RunPlan plan;
  private final LoadedModel model;
  private final WorkerFactory factory;
  private final OutputDirectory output;
  private final RunProgress progress;
  private volatile @Nullable SampleLog log;
  private volatile List<Sample> earlier = List.of();
  private volatile boolean begun;

  /// What a run starts from.
  ///
  /// @param namedByUser whether the user asked for these variants by name
  /// @param reference computes the tokens that no golden file has; null for the oracle
  /// @param golden recorded for this model, or null
  /// @param sources the files that were named
  /// @param writeTokens whether to write `tokens.csv`
  /// @param resume whether to go on with what the output directory holds
  /// @param command the command line that repeats the run
  public record Inputs(
      RunPlan plan,
      LoadedModel model,
      BackendCatalog catalog,
      List<BackendVariant> variants,
      boolean namedByUser,
      @Nullable BackendVariant reference,
      @Nullable GoldenFile golden,
      Sources sources,
      boolean writeTokens,
      boolean resume,
      String command) {}

  /// Files that a run is told of and that its plan must name.
  ///
  /// @param engines describes engines in other processes; null if there are none
  /// @param golden a golden file of the user's; null if none was named
  public record Sources(@Nullable Path engines, @Nullable Path golden) {}

  public RunJob(Inputs in, WorkerFactory factory, OutputDirectory output, RunProgress progress) {
    this.in = in;
    this.plan = in.plan();
    this.model = in.model();
    this.factory = factory;
    this.output = output;
    this.progress = progress;
  }

  /// What `plan.json` says of a run whose forks are given.
  public static String plan(Inputs in, WorkerFactory factory) {
    return new EnvironmentRecord(in, factory).plan(in.plan().forks());
  }

  /// What came of it.
  ///
  /// @param samples backend by backend in the order of the command line
  /// @param agreements of the approximate backends with the reference, by label
  /// @param notes what the user should know besides, a line each
  public record Outcome(
      List<Sample> samples, Map<String, Agreement> agreements, List<String> notes, int exitCode) {}

  /// What there is when a run is interrupted.
  ///
  /// @param samples as in [Outcome]
  /// @param agreements blank: they are worked out at the end
  /// @param measured how many samples need not be done again
  /// @param planned how many the plan has
  /// @param resumable whether the output directory holds enough to go on
  public record Partial(
      List<Sample> samples,
      Map<String, Agreement> agreements,
      long measured,
      long planned,
      boolean resumable) {}

  /// Stops taking samples and tells those that were taken. The thread that runs the plan never
  /// comes back: this is for a process that is ending.
  public Partial interrupt() {
    List<Sample> samples = new ArrayList<>(earlier);
    SampleLog taken = log;
    if (taken != null) {
      samples.addAll(taken.stop());
    }
    samples.sort(order());
    return new Partial(
        samples,
        Agreements.of(in.variants(), List.of()),
        samples.stream().filter(Sample::isFinished).count(),
        (long) in.variants().size() * plan.ownForks() * plan.rounds() * plan.prompts().size(),
        begun);
  }

  /// Runs the plan.
  ///
  /// @throws UserError if nothing can be measured
  public Outcome run() {
    EnvironmentRecord record = new EnvironmentRecord(in, factory);
    earlier = in.resume() ? earlierSamples(record) : List.of();
    begun = in.resume();
    Set<Sample.Key> finished =
        earlier.stream().map(Sample::key).collect(Collectors.toUnmodifiableSet());
    progress.phase("asking which backends are available");
    AvailabilityCheck.Result available = AvailabilityCheck.of(in.variants(), factory);
    if (available.variants().isEmpty()) {
      throw UserError.unavailable(
          "no backend can run here: " + String.join("; ", available.unavailable().values()));
    }
    try (Reference reference =
        new Reference(factory, in.reference(), in.golden(), AnswerStore.of(model::sha256))) {
      List<String> notes = new ArrayList<>();
      MemoryPlan memory = memoryPlan(available, reference.oracle(), notes);
      Workload workload = prepareWorkload(reference);
      record.write(output, Map.of(), available.unavailable(), List.of());
      begun = true;
      Measured measured =
          measure(workload, reference.oracle(), available, memory, finished, record);
      List<Sample> samples = measured.samples();
      output.write(SummaryCsv.TABLE, SummaryCsv.entries(samples, plan.verdictRule()));
      available.unavailable().forEach((variant, why) -> notes.add(variant.label() + ": " + why));
      notes.addAll(measured.notes());
      notes.addAll(FailureNotes.of(samples));
      record.write(output, measured.executionPaths(), available.unavailable(), notes);
      output.write(PlanFile.FILE_NAME, record.plan(measured.forks()));
      return new Outcome(
          samples,
          Agreements.of(in.variants(), measured.verifications()),
          notes,
          exitCode(samples));
    }
  }

  /// The probe never runs beside the oracle.
  private MemoryPlan memoryPlan(
      AvailabilityCheck.Result available, RoundingOracle oracle, List<String> notes) {
    MemoryPlan memory =
        MemoryPlan.of(
            factory::timedBytes,
            model.checkpointBytes(),
            available.variants(),
            Math.max(CpuProbe.bufferBytes(model.checkpointBytes()), oracle.privateBytes()),
            AvailableMemory.now());
    if (!memory.together()) {
      notes.add(
          "the workers do not fit into memory together (%s), so they ran one at a time"
              .formatted(memory.explanation()));
      progress.warn(notes.getLast());
    }
    return memory;
  }

  /// @param samples backend by backend in the order of the command line
  private record Measured(
      int forks,
      List<Sample> samples,
      List<Verification> verifications,
      Map<BackendVariant, Map<String, String>> executionPaths,
      List<String> notes) {}

  private List<Sample> earlierSamples(EnvironmentRecord record) {
    record.requireSamePlan(output.file(EnvironmentJson.FILE_NAME));
    return EarlierSamples.read(output.file(SamplesCsv.TABLE.fileName()), plan, in.variants());
  }

  /// Ends the reference backend's worker when nothing is left to ask it.
  private Workload prepareWorkload(Reference reference) {
    try {
      Workload workload = Workload.prepare(plan, model.config().vocabSize(), reference, progress);
      reference.closeBackend();
      return workload;
    } catch (WorkerFailure e) {
      throw UserError.error(
          "the reference %s failed, so nothing can be verified: %s"
              .formatted(reference.label(), e.getMessage()),
          e);
    }
  }

  private Measured measure(
      Workload workload,
      RoundingOracle oracle,
      AvailabilityCheck.Result available,
      MemoryPlan memory,
      Set<Sample.Key> finished,
      EnvironmentRecord record) {
    VerificationLog verification =
        new VerificationLog(plan.acceptNearTies() ? MatchClass.NEAR_TIE : MatchClass.IDENTICAL);
    for (Sample sample : earlier) {
      PromptCase promptCase = workload.find(sample.key().promptId(), sample.variation());
      verification.addEarlier(sample, promptCase, workload.expected(promptCase));
    }
    List<Sample> samples = new ArrayList<>(earlier);
    try (AppendingCsv<Sample> samplesCsv = output.append(SamplesCsv.TABLE, earlier);
        AppendingCsv<TokensCsv.Token> tokensCsv = tokensCsv(finished)) {
      SharpPrompts sharp = new SharpPrompts(oracle, model.config(), model::sha256);
      EarlierChecks earlierChecks = EarlierChecks.of(model::sha256, factory);
      LogitsCheck logitsCheck =
          new LogitsCheck(oracle, model.weights(), sharp, earlierChecks, factory, plan, progress);
      SampleMaker maker =
          new SampleMaker(
              plan, model.config(), new NearTieJudge(oracle), verification, logitsCheck);
      available
          .unavailable()
          .forEach(
              (variant, why) -> {
                for (PromptCase promptCase : workload.plain()) {
                  Sample row = SampleMaker.unavailable(variant, promptCase, why);
                  samplesCsv.append(List.of(row));
                  samples.add(row);
                }
              });
      SampleLog taken = new SampleLog(samplesCsv, tokensCsv, progress);
      log = taken;
      Runner runner =
          new Runner(
              plan,
              workload,
              factory,
              new Turns(workload, maker, taken, progress, finished),
              taken,
              logitsCheck,
              new OperationsLook(workload, model.config(), factory.timeout(), output, progress),
              model.checkpointBytes(),
              progress);
      ForkSchedule schedule = new ForkSchedule(plan, runner, taken, progress, finished.size());
      schedule.run(memory.groups(available.variants()), earlier, order());
      samples.addAll(taken.samples());
      record.measured(workload.nanos() + logitsCheck.nanos(), runner.foreignCores());
      List<Verification> verifications = new ArrayList<>(verification.verifications());
      verifications.addAll(logitsCheck.verifications());
      output.write(VerificationCsv.TABLE, verifications);
      samples.sort(order());
      List<String> notes = new ArrayList<>(schedule.notes());
      // Secret prompts are asked before the rounds: of one that is cold, they take longer.
      Map<String, Double> secretMillis =
          plan.warmsUp() ? logitsCheck.secretTokenMillis() : Map.of();
      notes.addAll(ReplaySuspicion.notes(samples, secretMillis));
      notes.addAll(HeldBackTokens.notes(samples));
      notes.addAll(AboveLimit.notes(samples));
      notes.addAll(FirstDifferences.notes(verifications));
      return new Measured(schedule.forks(), samples, verifications, runner.executionPaths(), notes);
    }
  }

  private @Nullable AppendingCsv<TokensCsv.Token> tokensCsv(Set<Sample.Key> finished) {
    if (!in.writeTokens()) {
      return null;
    }
    List<TokensCsv.Token> earlier =
        finished.isEmpty()
            ? List.of()
            : TokensCsv.tokensOf(output.file(TokensCsv.TABLE.fileName()), finished);
    return output.append(TokensCsv.TABLE, earlier);
  }

  private Comparator<Sample> order() {
    return SampleOrder.of(
        in.variants().stream().map(BackendVariant::label).toList(),
        plan.prompts().stream().map(prompt -> prompt.id()).toList());
  }

  private int exitCode(List<Sample> samples) {
    Set<Status> statuses = samples.stream().map(Sample::status).collect(Collectors.toSet());
    if (statuses.contains(Status.MISMATCH)) {
      return ExitCode.MISMATCH;
    }
    boolean unavailable = statuses.remove(Status.UNAVAILABLE);
    statuses.remove(Status.OK);
    if (!statuses.isEmpty()) {
      return ExitCode.ERROR;
    }
    return in.namedByUser() && unavailable ? ExitCode.UNAVAILABLE : ExitCode.OK;
  }
}
