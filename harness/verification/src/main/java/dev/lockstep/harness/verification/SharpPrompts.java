package dev.lockstep.harness.verification;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Logits;
import dev.lockstep.harness.worker.LogitsFile;
import dev.lockstep.harness.worker.WorkerFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/// Where [SharpPrompt]s come from: those of the embedded model are shipped, those of another model
/// are searched for and kept with the oracle's answers.
///
/// Every prefix of a sequence of random ids is a prompt, and one pass of the oracle over it tells
/// the margin after each. About one in some hundreds is sharp.
public final class SharpPrompts {
  /// A prompt is at most this long, so that a backend without a cache can afford it.
  static final int MAX_LENGTH = 48;

  /// How many are kept for a model.
  public static final int MAX_COUNT = 64;

  /// A search ends after this number of sequences for each prompt that is wanted.
  private static final int MAX_SEQUENCES = 200;

  private static final String QUESTION = "sharp prompts";
  private static final int[] NO_TOKENS = {};
  private static final int HEAD = 4;
  private static final String SHIPPED = "sharp/shakespeare.txt";

  private final RoundingOracle oracle;
  private final Gpt2Config config;
  private final Supplier<String> modelSha256;

  /// @param modelSha256 asked only where shipped prompts may be the model's
  public SharpPrompts(RoundingOracle oracle, Gpt2Config config, Supplier<String> modelSha256) {
    this.oracle = oracle;
    this.config = config;
    this.modelSha256 = modelSha256;
  }

  /// Those that are shipped for this model, or were found before; none if there are none.
  public List<SharpPrompt> known() {
    List<SharpPrompt> shipped = shipped(config, modelSha256);
    return shipped.isEmpty() ? stored() : shipped;
  }

  /// As many as were asked for, fewer if they are not found: with those known, the search goes on.
  ///
  /// @param count at most [#MAX_COUNT]
  /// @throws WorkerFailure if the oracle fails
  public List<SharpPrompt> find(int count, VerifyProgress progress) throws WorkerFailure {
    List<SharpPrompt> found = new ArrayList<>(known());
    if (found.size() >= count) {
      return found.subList(0, count);
    }
    progress.expect(count - found.size());
    progress.phase("searching sharp prompts");
    search(config, found, count, this::rows, progress);
    store(found);
    return found;
  }

  private List<RoundingOracle.Row> rows(int[] ids) throws WorkerFailure {
    List<RoundingOracle.Row> rows = new ArrayList<>();
    try (RoundingOracle.Answer answer = oracle.askOnce(ids, 0)) {
      for (int position = 0; position < ids.length; position++) {
        rows.add(answer.row(position));
      }
    }
    return rows;
  }

  /// What is right at every position of a sequence.
  @FunctionalInterface
  interface Rows {
    List<RoundingOracle.Row> of(int[] ids) throws WorkerFailure;
  }

  /// Adds prompts until there are `count`, or not worth more time.
  static void search(
      Gpt2Config config, List<SharpPrompt> found, int count, Rows rows, VerifyProgress progress)
      throws WorkerFailure {
    // A winner twice tells less than two winners; where there are few, twice is better than never.
    Set<Integer> winners = new HashSet<>();
    found.forEach(prompt -> winners.add(prompt.token()));
    SplittableRandom random = new SplittableRandom(1 + found.size());
    int longest = Math.min(MAX_LENGTH, config.nPositions());
    int sequences = MAX_SEQUENCES * count;
    for (int i = 0; i < sequences && found.size() < count; i++) {
      int[] ids = random.ints(longest, 0, config.vocabSize()).toArray();
      List<RoundingOracle.Row> right = rows.of(ids);
      for (int length = 1; length <= longest && found.size() < count; length++) {
        SharpPrompt prompt = prompt(Arrays.copyOf(ids, length), right.get(length - 1));
        if (prompt.isSharp() && (winners.add(prompt.token()) || i > sequences / 2)) {
          found.add(prompt);
          progress.step();
        }
      }
    }
  }

  private static SharpPrompt prompt(int[] ids, RoundingOracle.Row row) {
    return new SharpPrompt(
        ids, Logits.argmax(row.exact()), Logits.margin(row.exact()), RoundingBound.of(row));
  }

  /// Those of the embedded model; none for another.
  static List<SharpPrompt> shipped(Gpt2Config config, Supplier<String> modelSha256) {
    try (InputStream resource = SharpPrompts.class.getResourceAsStream(SHIPPED)) {
      if (resource == null) {
        throw new IllegalStateException(SHIPPED + " is not on the class path");
      }
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8));
      String[] head = lines.readLine().split(" ");
      boolean isOfThisShape = Integer.parseInt(head[1]) == config.vocabSize();
      if (!isOfThisShape || !head[0].equals(modelSha256.get())) {
        return List.of();
      }
      return lines.lines().map(SharpPrompts::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SharpPrompt parse(String line) {
    String[] words = line.split(" ");
    int[] ids = Arrays.stream(words, HEAD - 1, words.length).mapToInt(Integer::parseInt).toArray();
    return new SharpPrompt(
        ids,
        Integer.parseInt(words[0]),
        Double.parseDouble(words[1]),
        Double.parseDouble(words[2]));
  }

  /// A line of the shipped file: token, margin, bound, prompt.
  static String line(SharpPrompt prompt) {
    StringBuilder line =
        new StringBuilder()
            .append(prompt.token())
            .append(' ')
            .append(prompt.margin())
            .append(' ')
            .append(prompt.bound());
    for (int id : prompt.ids()) {
      line.append(' ').append(id);
    }
    return line.toString();
  }

  private List<SharpPrompt> stored() {
    List<SharpPrompt> stored = new ArrayList<>();
    try (LogitsFile file = oracle.store().find(QUESTION, NO_TOKENS, MAX_COUNT, HEAD + MAX_LENGTH)) {
      for (int i = 0; file != null && i < MAX_COUNT; i++) {
        double[] row = file.row(i);
        int length = (int) row[0];
        if (length > 0) {
          int[] ids = Arrays.stream(row, HEAD, HEAD + length).mapToInt(id -> (int) id).toArray();
          stored.add(new SharpPrompt(ids, (int) row[1], row[2], row[3]));
        }
      }
    } catch (IOException e) {
      return List.of(); // the cache is not what it was: they are searched for again
    }
    return stored;
  }

  private void store(List<SharpPrompt> prompts) throws WorkerFailure {
    oracle.keep(
        QUESTION,
        NO_TOKENS,
        HEAD + MAX_LENGTH,
        writer -> {
          for (int i = 0; i < MAX_COUNT; i++) {
            double[] row = new double[HEAD + MAX_LENGTH];
            if (i < prompts.size()) {
              SharpPrompt prompt = prompts.get(i);
              row[0] = prompt.ids().length;
              row[1] = prompt.token();
              row[2] = prompt.margin();
              row[3] = prompt.bound();
              for (int t = 0; t < prompt.ids().length; t++) {
                row[HEAD + t] = prompt.ids()[t];
              }
            }
            writer.append(row);
          }
        });
  }
}
