package dev.lockstep.harness.measurement.compare;

import dev.lockstep.harness.measurement.results.EnvironmentJson;
import dev.lockstep.harness.measurement.results.OutputDirectory;
import dev.lockstep.harness.measurement.results.SamplesCsv;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Samples;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// The directory of a run that never was: what each backend takes is given, and each fork and
/// sample strays a little from it.
public final class MadeUpRun {
  /// Each fork's time strays from the backend's by about this share, each sample's by a quarter.
  private static final double SPREAD = 0.005;

  private static final int ROUNDS = 4;

  private final Map<String, Object> host = new LinkedHashMap<>();
  private final Map<String, Object> model = new LinkedHashMap<>();
  private final Map<String, Object> plan = new LinkedHashMap<>();
  private final Map<String, Double> gapMillis = new LinkedHashMap<>();
  private final Map<String, List<String>> jvmArguments = new LinkedHashMap<>();
  private final Map<String, int[]> prompts = new LinkedHashMap<>();
  private final List<String> wrong = new ArrayList<>();
  private final List<String> approximate = new ArrayList<>();
  private String revision = "0123abc";
  private double drift = 1;
  private double spread = SPREAD;
  private int forks = 6;
  private int newTokens = 3;
  private int depth;
  private long seed = 1;

  /// With one prompt, `p`, and no backend yet.
  public MadeUpRun() {
    host.put("os", "Linux");
    host.put("arch", "amd64");
    host.put("cpu", "A processor");
    host.put("cores", 2);
    host.put("memory_bytes", 8_000_000_000L);
    host.put("jvm", "a VM");
    host.put("jvm_version", "25+1");
    host.put("jvm_vendor", "a vendor");
    model.put("argument", "shakespeare");
    model.put("sha256", "a".repeat(64));
    plan.put("rounds", ROUNDS);
    plan.put("warmups", "auto");
    prompts.put("p", new int[] {1, 2, 3});
  }

  public MadeUpRun backend(String label, double millisPerToken) {
    gapMillis.put(label, millisPerToken);
    return this;
  }

  public MadeUpRun wrongBackend(String label) {
    wrong.add(label);
    return backend(label, 1);
  }

  public MadeUpRun approximateBackend(String label, double millisPerToken) {
    approximate.add(label);
    return backend(label, millisPerToken);
  }

  public MadeUpRun revision(String commit) {
    revision = commit;
    return this;
  }

  public MadeUpRun host(String field, Object value) {
    host.put(field, value);
    return this;
  }

  public MadeUpRun model(String name, String sha256) {
    model.put("argument", name);
    model.put("sha256", sha256);
    return this;
  }

  public MadeUpRun jvmArguments(String label, String argument) {
    jvmArguments.put(label, List.of(argument));
    return this;
  }

  public MadeUpRun prompt(String id, int... ids) {
    prompts.put(id, ids);
    return this;
  }

  public MadeUpRun depth(int tokens) {
    depth = tokens;
    return this;
  }

  public MadeUpRun newTokens(int count) {
    newTokens = count;
    return this;
  }

  public MadeUpRun plan(String field, Object value) {
    plan.put(field, value);
    return this;
  }

  public MadeUpRun forks(int count) {
    forks = count;
    return this;
  }

  /// How much slower the machine was, for all backends.
  public MadeUpRun drift(double factor) {
    drift = factor;
    return this;
  }

  public MadeUpRun spread(double share) {
    spread = share;
    return this;
  }

  public MadeUpRun seed(long value) {
    seed = value;
    return this;
  }

  /// Writes the directory, and gives it back.
  public Path write(Path directory) {
    Map<String, Object> content = new LinkedHashMap<>();
    plan.put("backends", List.copyOf(gapMillis.keySet()));
    plan.put("new_tokens", newTokens);
    plan.putIfAbsent("forks", forks);
    plan.put(
        "prompts",
        prompts.entrySet().stream()
            .map(
                prompt ->
                    Map.of("id", prompt.getKey(), "prompt_ids", prompt.getValue(), "depth", depth))
            .toList());
    content.put("format", "lockstep-environment/1");
    content.put("lockstep_revision", revision);
    content.put("host", host);
    content.put("model", model);
    content.put("plan", plan);
    content.put("backends", gapMillis.keySet().stream().map(this::backend).toList());
    try (OutputDirectory output = OutputDirectory.open(directory)) {
      output.write(EnvironmentJson.FILE_NAME, EnvironmentJson.text(content));
      output.write(SamplesCsv.TABLE, samples());
    }
    return directory;
  }

  private Map<String, Object> backend(String label) {
    Map<String, Object> options = new LinkedHashMap<>();
    String[] parts = label.split(":", -1);
    for (int i = 1; i < parts.length; i++) {
      String[] option = parts[i].split("=", 2);
      options.put(option[0], option[1]);
    }
    return Map.of(
        "backend",
        parts[0],
        "options",
        options,
        "jvm_args",
        jvmArguments.getOrDefault(label, List.of()),
        "approximate",
        approximate.contains(label));
  }

  private List<Sample> samples() {
    SplittableRandom random = new SplittableRandom(seed);
    List<Sample> samples = new ArrayList<>();
    for (int fork = 1; fork <= forks; fork++) {
      for (Map.Entry<String, Double> backend : gapMillis.entrySet()) {
        double ofFork = drift * backend.getValue() * Math.exp(spread * random.nextGaussian());
        for (int round = 1; round <= ROUNDS; round++) {
          for (String prompt : prompts.keySet()) {
            double millis = ofFork * Math.exp(spread / 4 * random.nextGaussian());
            samples.add(sample(backend.getKey(), fork, round, prompt, millis));
          }
        }
      }
    }
    return samples;
  }

  private Sample sample(String label, int fork, int round, String prompt, double millis) {
    double[] gaps = new double[newTokens - 1];
    Arrays.fill(gaps, millis);
    Sample sample =
        wrong.contains(label)
            ? Samples.mismatch(label, fork, round)
            : Samples.timed(label, fork, round, 2 * millis, gaps);
    int colon = label.indexOf(':');
    return new Sample(
        new Sample.Key(
            fork,
            round,
            colon < 0 ? label : label.substring(0, colon),
            colon < 0 ? "" : label.substring(colon + 1),
            prompt),
        sample.work(),
        sample.execution(),
        sample.result(),
        sample.timing(),
        sample.load(),
        sample.resources(),
        sample.limits());
  }
}
