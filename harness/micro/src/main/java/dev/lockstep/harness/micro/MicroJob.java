package dev.lockstep.harness.micro;

import dev.lockstep.harness.worker.JavaWorker;
import dev.lockstep.harness.worker.WorkerFactory;
import dev.lockstep.harness.worker.catalog.BackendVariant;
import dev.lockstep.harness.worker.catalog.PluginClassLoader;
import dev.lockstep.harness.worker.error.UserError;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Runs the benchmarks of one model. JMH starts a JVM for each benchmark and fork, which is given
/// what a worker is given: this JDK, the backend's flags and none of this process's, and the
/// plugin's jars.
public final class MicroJob {
  /// JMH 1.37 looks fields' offsets up with `sun.misc.Unsafe`, at which the JDK would warn.
  private static final String JMH_FLAG = "--sun-misc-unsafe-memory-access=allow";

  private final WorkerFactory factory;
  private final MicroPlan plan;
  private final JmhOutput output;

  /// @param factory knows the model, the plugins and the flags
  /// @param plan what fits the model
  /// @param output receives what JMH prints while it runs
  public MicroJob(WorkerFactory factory, MicroPlan plan, JmhOutput output) {
    this.factory = factory;
    this.plan = plan;
    this.output = output;
  }

  /// Runs every benchmark of a variant. One that fails does not keep the others from running.
  ///
  /// @throws UserError if JMH refuses to start
  public List<MicroResult> run(BackendVariant variant) {
    Duration patience = factory.timeout().plus(plan.time());
    output.begin();
    try (PrintStream watched =
        new PrintStream(new ProgressWatchdog(output, patience), true, StandardCharsets.UTF_8)) {
      Collection<RunResult> measured =
          new Runner(
                  options(variant, patience),
                  OutputFormatFactory.createFormatInstance(watched, VerboseMode.NORMAL))
              .run();
      return results(variant, measured);
    } catch (RunnerException e) {
      Throwable said = e.getCause() == null ? e : e.getCause();
      String why = String.valueOf(said.getMessage()).replaceAll("\\s+", " ").strip();
      throw UserError.error("JMH cannot run the benchmarks: " + why, e);
    }
  }

  private Options options(BackendVariant variant, Duration patience) {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .jvm(Path.of(System.getProperty("java.home"), "bin", "java").toString())
            .jvmArgs(
                JavaWorker.flags(
                        factory.jvmArgs(variant), PluginClassLoader.jarsOf(variant.backend()))
                    .toArray(String[]::new))
            .jvmArgsAppend(JMH_FLAG)
            .param("model", factory.modelArgument())
            .param("backend", variant.id())
            .param("options", variant.options())
            .forks(plan.forks())
            .threads(1)
            .warmupIterations(plan.warmups())
            .warmupTime(TimeValue.milliseconds(plan.time().toMillis()))
            .measurementIterations(plan.iterations())
            .measurementTime(TimeValue.milliseconds(plan.time().toMillis()))
            // Longer than that of ProgressWatchdog, which does not rely on the benchmark's
            // cooperation.
            .timeout(TimeValue.milliseconds(patience.multipliedBy(2).toMillis()))
            .shouldFailOnError(false);
    include(options, ForwardPass.PREFILL, ForwardPass.TOKENS, plan.prefill());
    include(options, ForwardPass.DECODE, ForwardPass.POSITION, plan.decode());
    for (String profiler : plan.profilers()) {
      int colon = profiler.indexOf(':');
      if (colon < 0) {
        options.addProfiler(profiler);
      } else {
        options.addProfiler(profiler.substring(0, colon), profiler.substring(colon + 1));
      }
    }
    return options.build();
  }

  private static void include(
      ChainedOptionsBuilder options, String kind, String parameter, List<Integer> values) {
    if (!values.isEmpty()) {
      options.include(ForwardPass.class.getName().replace(".", "\\.") + "\\." + kind + "$");
      options.param(parameter, values.stream().map(String::valueOf).toArray(String[]::new));
    }
  }

  private List<MicroResult> results(BackendVariant variant, Collection<RunResult> measured) {
    List<MicroResult> results = new ArrayList<>();
    for (int tokens : plan.prefill()) {
      RunResult found = find(measured, ForwardPass.PREFILL, ForwardPass.TOKENS, tokens);
      results.add(new MicroResult(variant, ForwardPass.PREFILL, tokens, found));
    }
    for (int position : plan.decode()) {
      RunResult found = find(measured, ForwardPass.DECODE, ForwardPass.POSITION, position);
      results.add(new MicroResult(variant, ForwardPass.DECODE, position, found));
    }
    return results;
  }

  /// The result with all its iterations, or null.
  private @Nullable RunResult find(
      Collection<RunResult> measured, String kind, String parameter, int value) {
    for (RunResult result : measured) {
      if (result.getParams().getBenchmark().endsWith("." + kind)
          && Integer.toString(value).equals(result.getParams().getParam(parameter))
          && result.getPrimaryResult().getStatistics().getN() == plan.samples()) {
        return result;
      }
    }
    return null;
  }

  /// The measured results in JMH's JSON format.
  public static String json(List<MicroResult> results) {
    List<RunResult> measured =
        results.stream().map(MicroResult::measured).filter(Objects::nonNull).toList();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8)) {
      ResultFormatFactory.getInstance(ResultFormatType.JSON, out).writeOut(measured);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
