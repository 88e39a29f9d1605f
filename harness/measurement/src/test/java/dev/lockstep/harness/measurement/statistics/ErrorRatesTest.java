package dev.lockstep.harness.measurement.statistics;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.measurement.results.SamplesCsv;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.statistics.distribution.BinomialDistribution;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// How often verdicts are wrong: of a backend against itself, and against one that is 5 % slower.
///
/// By itself it makes runs up. `-Dlockstep.trust.runs=DIR` gives it real ones, as
/// `tools/acceptance trust` makes them: a directory each, with `samples.csv` of `paced`, `paced#2`
/// and `paced:slower=5`, and with `seconds`, how long the run took and how long it was allowed to
/// take. Then the simulation has their spreads, and what they told must be likely under it.
class ErrorRatesTest {
  private static final int RUNS = Integer.getInteger("lockstep.trust.simulations", 1000);
  private static final long SEED = 1;
  private static final double SLOWER = 0.05;
  private static final double EFFECT = 0.05;
  private static final VerdictRule RULE = VerdictRule.PILOT_FORKS;
  private static final double MAX_FALSE_ALARMS = 0.05;
  private static final double MIN_FOUND = 0.9;

  private static final String ALL = "all prompts";
  private static final String FALSE = "false verdicts";
  private static final String FOUND = "5 % slower found";

  private static final String BASELINE = "paced";
  private static final String SAME = "paced#2";
  private static final String SLOW = "paced:slower=5";

  /// What real runs told.
  ///
  /// @param simulated how often the simulated runs told it; null if they say nothing of it
  private record Told(String what, int count, int of, @Nullable Integer simulated) {
    boolean isLikely() {
      if (simulated == null) {
        return !what.endsWith(FALSE) || isWithin(MAX_FALSE_ALARMS);
      }
      return isWithin((double) simulated / RUNS);
    }

    private boolean isWithin(double share) {
      BinomialDistribution binomial = BinomialDistribution.of(of, share);
      return (simulated == null || binomial.inverseCumulativeProbability(0.005) <= count)
          && count <= binomial.inverseCumulativeProbability(0.995);
    }
  }

  /// A real run: for all prompts together and for each, the ratios by fork.
  private record Run(
      Map<String, List<double[]>> same, Map<String, List<double[]>> slow, int allowedForks) {}

  @Test
  void verdictsAreAsRarelyWrongAsTheySay() throws IOException {
    String directory = System.getProperty("lockstep.trust.runs", "");
    List<Run> runs = directory.isEmpty() ? List.of() : runs(Path.of(directory));
    List<SimulatedRun.Spread> spreads = new ArrayList<>();
    for (Run run : runs) {
      spreads.add(
          SimulatedRun.Spread.of(run.same().getOrDefault(ALL, List.of()), run.allowedForks()));
      spreads.add(
          SimulatedRun.Spread.of(run.slow().getOrDefault(ALL, List.of()), run.allowedForks()));
    }
    if (spreads.isEmpty()) {
      spreads.addAll(madeUp());
    }
    SimulatedRun.Rates rates = SimulatedRun.simulate(RUNS, spreads, SLOWER, EFFECT, SEED);
    print("simulated: %d runs with the spreads of %d comparisons", RUNS, spreads.size());
    printShare("simulated, one run, " + FALSE, rates.falseAlarms(), RUNS);
    printShare("simulated, one run, " + FOUND, rates.found(), RUNS);
    printShare("simulated, two runs, " + FALSE, rates.falseAlarmsBetween(), RUNS);
    printShare("simulated, two runs, " + FOUND, rates.foundBetween(), RUNS);
    List<Told> told = told(runs, rates);
    told.forEach(each -> printShare("measured, " + each.what(), each.count(), each.of()));
    assertTrue(rates.falseAlarms() <= MAX_FALSE_ALARMS * RUNS, rates::toString);
    assertTrue(rates.falseAlarmsBetween() <= MAX_FALSE_ALARMS * RUNS, rates::toString);
    assertTrue(rates.found() >= MIN_FOUND * RUNS, rates::toString);
    for (Told each : told) {
      assertTrue(each.isLikely(), () -> each + ", outside the simulation's 99 % interval");
    }
  }

  private static List<Told> told(List<Run> runs, SimulatedRun.Rates rates) {
    if (runs.isEmpty()) {
      return List.of();
    }
    List<Told> told = new ArrayList<>();
    for (String cell : runs.getFirst().same().keySet()) {
      int falseAlarms = 0;
      int found = 0;
      int falseAlarmsBetween = 0;
      int foundBetween = 0;
      double sum = 0;
      for (int i = 0; i < runs.size(); i++) {
        Run run = runs.get(i);
        Run other = runs.get((i + runs.size() / 2) % runs.size());
        List<double[]> same = run.same().getOrDefault(cell, List.of());
        List<double[]> slow = run.slow().getOrDefault(cell, List.of());
        sum += Objects.requireNonNull(SpeedUp.of(slow, RULE)).ratio();
        falseAlarms += SimulatedRun.isTold(SpeedUp.of(same, RULE)) ? 1 : 0;
        found += SimulatedRun.isSlower(SpeedUp.of(slow, RULE)) ? 1 : 0;
        falseAlarmsBetween +=
            SimulatedRun.isTold(
                    SpeedUp.between(same, other.same().getOrDefault(cell, List.of()), RULE))
                ? 1
                : 0;
        foundBetween +=
            SimulatedRun.isSlower(
                    SpeedUp.between(same, other.slow().getOrDefault(cell, List.of()), RULE))
                ? 1
                : 0;
      }
      print("measured, %s: the slower one has %.4f times the speed", cell, sum / runs.size());
      String one = cell + ", one run, ";
      String two = cell + ", two runs, ";
      // A single prompt's ratios spread more than those of all prompts, which size the run.
      boolean isAll = cell.equals(ALL);
      told.add(new Told(one + FALSE, falseAlarms, runs.size(), isAll ? rates.falseAlarms() : null));
      told.add(new Told(one + FOUND, found, runs.size(), isAll ? rates.found() : null));
      told.add(
          new Told(
              two + FALSE,
              falseAlarmsBetween,
              runs.size(),
              isAll ? rates.falseAlarmsBetween() : null));
      told.add(
          new Told(two + FOUND, foundBetween, runs.size(), isAll ? rates.foundBetween() : null));
    }
    return told;
  }

  private static List<Run> runs(Path directory) throws IOException {
    List<Path> runs;
    try (Stream<Path> entries = Files.list(directory)) {
      runs = entries.filter(Files::isDirectory).sorted().toList();
    }
    List<Run> read = new ArrayList<>();
    for (Path run : runs) {
      List<Sample> samples = SamplesCsv.read(run.resolve("samples.csv"));
      String[] seconds = Files.readString(run.resolve("seconds")).strip().split(" ");
      long forks = samples.stream().map(sample -> sample.key().fork()).distinct().count();
      int allowed = (int) (Double.parseDouble(seconds[1]) * forks / Double.parseDouble(seconds[0]));
      read.add(
          new Run(
              ratios(samples, SAME), ratios(samples, SLOW), Math.max(SpeedUp.MIN_FORKS, allowed)));
    }
    return read;
  }

  private static Map<String, List<double[]>> ratios(List<Sample> samples, String backend) {
    Map<String, List<double[]>> ratios = new LinkedHashMap<>();
    ratios.put(ALL, ratios(samples, backend, ""));
    Map<String, Integer> prompts = new TreeMap<>();
    samples.forEach(sample -> prompts.put(sample.key().promptId(), 1));
    prompts.keySet().forEach(prompt -> ratios.put(prompt, ratios(samples, backend, prompt)));
    return ratios;
  }

  private static List<double[]> ratios(List<Sample> samples, String backend, String prompt) {
    return summary(samples, backend, prompt)
        .logRatiosByFork(summary(samples, BASELINE, prompt), Sample.Timing::decodeMillis);
  }

  private static Summary summary(List<Sample> samples, String backend, String prompt) {
    return new Summary(
        samples.stream()
            .filter(sample -> sample.key().label().equals(backend))
            .filter(sample -> prompt.isEmpty() || sample.key().promptId().equals(prompt))
            .toList());
  }

  /// As the touched heap was measured: forks 1.8 % apart, rounds 3 %, now and then a stall.
  private static List<SimulatedRun.Spread> madeUp() {
    SplittableRandom random = new SplittableRandom(SEED);
    List<double[]> residuals = new ArrayList<>();
    for (int fork = 0; fork < 100; fork++) {
      double[] rounds = new double[10];
      for (int round = 0; round < rounds.length; round++) {
        rounds[round] = 0.03 * random.nextGaussian() - (random.nextInt(20) == 0 ? 0.2 : 0);
      }
      residuals.add(rounds);
    }
    return List.of(new SimulatedRun.Spread(0.018, residuals, 30));
  }

  private static void printShare(String what, int count, int of) {
    print("%s: %d of %d (%.1f %%)", what, count, of, 100.0 * count / of);
  }

  @SuppressWarnings({
    "SystemOut",
    "AnnotateFormatMethod"
  }) // The figures are read from the test's output.
  private static void print(String format, Object... values) {
    System.out.println("trust: " + String.format(Locale.ROOT, format, values));
  }
}
