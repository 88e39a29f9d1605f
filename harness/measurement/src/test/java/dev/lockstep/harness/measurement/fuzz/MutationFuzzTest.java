package dev.lockstep.harness.measurement.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.Models;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// After any mutation of any file the outcome is a model (or prompts) that is exactly what the file
/// says, or a refusal of the documented kind; never another exception, never memory that the file
/// does not justify. (A hang would end in the timeout.)
///
/// `-Dlockstep.fuzz.mutations=N` sets how many, `-Dlockstep.fuzz.seed=S` which.
class MutationFuzzTest {
  private static final int MUTATIONS = Integer.getInteger("lockstep.fuzz.mutations", 10_000);
  private static final long SEED = Long.getLong("lockstep.fuzz.seed", 1);

  /// What opening a right file may allocate, whatever its size, and per byte of it.
  private static final long BASE_ALLOCATION_BYTES = 1 << 20;

  private static final long ALLOCATION_PER_BYTE = 200;

  private static final int THREADS = 2;

  @TempDir Path temporary;

  @Test
  @Timeout(3600)
  void everyMutationIsEitherRightlyAcceptedOrRefused() throws Exception {
    SeedModels seeds = new SeedModels(temporary);
    Path speaking = seeds.speaking();
    Path prompts = Files.createDirectories(temporary.resolve("prompts"));
    try (LoadedModel model = Models.open(speaking.toString())) {
      List<Subject> subjects = new ArrayList<>();
      subjects.add(ModelSubject.of("checkpoint", seeds.plain(), "model.safetensors"));
      subjects.add(ModelSubject.of("checkpoint, F16", seeds.old(), "model.safetensors"));
      subjects.add(ModelSubject.of("checkpoint, untied", seeds.untied(), "model.safetensors"));
      Path sharded = seeds.sharded();
      subjects.add(ModelSubject.of("index", sharded, "model.safetensors.index.json"));
      subjects.add(ModelSubject.of("shard", copy(sharded), "model-1-of-2.safetensors"));
      subjects.add(ModelSubject.of("config", copy(seeds.plain()), "config.json"));
      subjects.add(ModelSubject.of("config, untied", copy(seeds.untied()), "config.json"));
      subjects.add(ModelSubject.of("vocabulary", copy(speaking), "vocab.json"));
      subjects.add(ModelSubject.of("merges", copy(speaking), "merges.txt"));
      subjects.add(ModelSubject.of("tokenizer", seeds.speakingByOneFile(), "tokenizer.json"));
      subjects.add(prompt(prompts.resolve("p.txt"), "The thing\n\n  and the other\n", model));
      subjects.add(
          prompt(
              prompts.resolve("p.jsonl"),
              "{\"id\":\"a\",\"text\":\"the é\"}\n{\"prompt_ids\":[1,2,261]}\n",
              model));
      fuzz(subjects);
    }
  }

  private static PromptSubject prompt(Path file, String text, LoadedModel model) {
    String name = "prompts, " + file.getFileName();
    return new PromptSubject(name, file, text.getBytes(StandardCharsets.UTF_8), model);
  }

  /// So that two subjects do not damage the same directory.
  private Path copy(Path directory) throws IOException {
    Path copy = Files.createTempDirectory(temporary, "copy");
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  private static void fuzz(List<Subject> subjects) throws Exception {
    for (Subject subject : subjects) {
      assertTrue(subject.accepts(subject.original()), subject.name());
    }
    List<Future<Integer>> accepted = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (int i = 0; i < subjects.size(); i++) {
        Subject subject = subjects.get(i);
        Mutator mutator = new Mutator(SEED * 1000 + i);
        int count = count(subjects, i);
        accepted.add(threads.submit(() -> fuzz(subject, mutator, count)));
      }
    }
    StringBuilder report = new StringBuilder();
    int total = 0;
    for (int i = 0; i < subjects.size(); i++) {
      int ofSubject = accepted.get(i).get();
      total += ofSubject;
      report.append(
          String.format(
              Locale.ROOT,
              "  %-20s %8d mutations, %8d accepted%n",
              subjects.get(i).name(),
              count(subjects, i),
              ofSubject));
    }
    System.out.printf(
        "fuzz: %d mutations (seed %d): %d accepted, %d refused, 0 other%n%s",
        MUTATIONS, SEED, total, MUTATIONS - total, report);
    assertTrue(total > 0 && total < MUTATIONS, "both outcomes occur");
  }

  private static int count(List<Subject> subjects, int index) {
    return MUTATIONS / subjects.size() + (index < MUTATIONS % subjects.size() ? 1 : 0);
  }

  private static int fuzz(Subject subject, Mutator mutator, int count) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int accepted = 0;
    for (int i = 0; i < count; i++) {
      byte[] damaged = mutator.mutate(subject.original());
      try {
        long before = threads.getCurrentThreadAllocatedBytes();
        accepted += subject.accepts(damaged) ? 1 : 0;
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        if (allocated > BASE_ALLOCATION_BYTES + ALLOCATION_PER_BYTE * damaged.length) {
          throw new AssertionError(String.format(Locale.ROOT, "%d bytes allocated", allocated));
        }
      } catch (Throwable e) {
        throw new AssertionError(
            String.format(
                Locale.ROOT,
                "%s, mutation %d of seed %d: %s%n%s",
                subject.name(),
                i,
                SEED,
                e,
                HexFormat.of().formatHex(damaged)),
            e);
      }
    }
    return accepted;
  }
}
