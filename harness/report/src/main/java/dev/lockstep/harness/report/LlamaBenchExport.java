package dev.lockstep.harness.report;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.harness.measurement.compare.RecordedRun;
import dev.lockstep.harness.measurement.results.EnvironmentJson;
import dev.lockstep.harness.measurement.statistics.Estimators;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.measurement.statistics.Summary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// A run in the form that llama-bench writes with `-o jsonl`, for the tools that read it, such as
/// llama.cpp's `compare-llama-bench.py`.
///
/// llama-bench times a prompt and a generation apart; a sample of ours gives a line of each. The
/// first token after *T* prompt tokens behind *D* others is `n_prompt = T, n_gen = 0, n_depth = D`.
/// The other *n* − 1 tokens are as many forward passes of one token each behind *D* + *T*, so
/// `n_prompt = 0, n_gen = n − 1, n_depth = D + T`. As there, `avg_ts` is the mean of the samples'
/// rates. Settings that Lockstep does not have are at llama-bench's defaults, or 0.
public final class LlamaBenchExport {
  private static final int ALL_LAYERS = 99;

  private final RecordedRun run;

  public LlamaBenchExport(RecordedRun run) {
    this.run = run;
  }

  private record Test(int promptTokens, int generated, int depth) {
    int tokens() {
      return promptTokens + generated;
    }
  }

  /// A JSON object for each backend, prompt and phase that has a speed; a backend that gave a wrong
  /// answer has none.
  public List<String> lines() {
    Map<String, Map<String, List<Sample>>> groups = new LinkedHashMap<>();
    for (Sample sample : run.samples()) {
      groups
          .computeIfAbsent(sample.key().label(), label -> new LinkedHashMap<>())
          .computeIfAbsent(sample.key().promptId(), prompt -> new ArrayList<>())
          .add(sample);
    }
    List<String> lines = new ArrayList<>();
    groups.forEach(
        (label, byPrompt) -> {
          List<Sample> all = byPrompt.values().stream().flatMap(List::stream).toList();
          if (!new Summary(all).isWrong()) {
            byPrompt.values().forEach(samples -> addLines(lines, label, samples));
          }
        });
    return lines;
  }

  private void addLines(List<String> lines, String label, List<Sample> samples) {
    List<Sample> timed = samples.stream().filter(Sample::isTimed).toList();
    if (timed.isEmpty()) {
      return;
    }
    Sample first = timed.getFirst();
    int context = first.depth() + first.promptTokens();
    Test prefill = new Test(first.promptTokens(), 0, first.depth());
    Test decode = new Test(0, first.newTokens() - 1, context);
    lines.add(line(label, prefill, timed, Sample.Timing::ttftMillis));
    if (decode.generated() > 0) {
      lines.add(line(label, decode, timed, Sample.Timing::decodeMillis));
    }
  }

  private String line(
      String label, Test test, List<Sample> timed, ToDoubleFunction<Sample.Timing> millis) {
    double[] nanos =
        timed.stream()
            .map(Sample::timing)
            .filter(timing -> timing != null)
            .mapToDouble(timing -> 1e6 * millis.applyAsDouble(timing))
            .toArray();
    double[] rates = Arrays.stream(nanos).map(each -> 1e9 * test.tokens() / each).toArray();
    Map<String, Object> line = new LinkedHashMap<>(settings(label, timed.getFirst()));
    line.put("n_prompt", test.promptTokens());
    line.put("n_gen", test.generated());
    line.put("n_depth", test.depth());
    line.put("test_time", run.environment().path("started_at").asText());
    line.put("avg_ns", Math.round(Estimators.mean(nanos)));
    line.put("stddev_ns", Math.round(deviation(nanos)));
    line.put("avg_ts", Estimators.mean(rates));
    line.put("stddev_ts", deviation(rates));
    line.put("samples_ns", Arrays.stream(nanos).mapToLong(Math::round).toArray());
    line.put("samples_ts", rates);
    return EnvironmentJson.compact(line);
  }

  /// As llama-bench has it for one sample.
  private static double deviation(double[] values) {
    return values.length < 2 ? 0 : Estimators.standardDeviation(values);
  }

  private Map<String, Object> settings(String label, Sample sample) {
    JsonNode environment = run.environment();
    boolean onCpu = sample.device().isEmpty() || sample.device().equals("cpu");
    Integer threads = sample.threads();
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("build_commit", run.revision());
    settings.put("build_number", 0);
    settings.put("cpu_info", environment.at("/host/cpu").asText());
    settings.put("gpu_info", onCpu ? "" : sample.device());
    settings.put("backends", label);
    settings.put("model_filename", environment.at("/model/argument").asText());
    settings.put("model_type", environment.at("/model/name").asText() + " F32");
    settings.put("model_size", environment.at("/model/checkpoint_bytes").asLong());
    settings.put("model_n_params", environment.at("/model/parameters").asLong());
    settings.put("n_batch", 0);
    settings.put("n_ubatch", 0);
    settings.put("n_threads", threads == null ? 0 : threads);
    settings.put("cpu_mask", "0x0");
    settings.put("cpu_strict", false);
    settings.put("poll", 0);
    settings.put("type_k", "f32");
    settings.put("type_v", "f32");
    settings.put("n_gpu_layers", onCpu ? 0 : ALL_LAYERS);
    settings.put("split_mode", "none");
    settings.put("main_gpu", 0);
    settings.put("no_kv_offload", false);
    settings.put("flash_attn", false);
    settings.put("tensor_split", "0.00");
    settings.put("tensor_buft_overrides", "none");
    settings.put("use_mmap", true);
    settings.put("embeddings", false);
    settings.put("no_op_offload", 0);
    return settings;
  }
}
