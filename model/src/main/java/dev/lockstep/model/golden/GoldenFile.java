package dev.lockstep.model.golden;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.model.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// A golden file: the greedy tokens and the logits that an independent float64 implementation
/// (`tools/reference/gpt2_reference.py`) found for a model. It is the authority that backends are
/// held against.
///
/// Format `lockstep-golden/1`, a JSON object: `format`, `generator`, `model_sha256` (of the
/// safetensors files, concatenated in name order), and `cases`, each with `id`, `text` (optional),
/// `prompt_ids`, `greedy_ids`, `greedy_margins`, `last_logits`.
///
/// @param source where it was read from, for messages
/// @param generator what recorded it
/// @param modelSha256 which model it belongs to, 64 lower-case hexadecimal digits
/// @param cases at least one
public record GoldenFile(
    String source, String generator, String modelSha256, List<GoldenCase> cases) {
  public static final String FORMAT = "lockstep-golden/1";

  private static final String EMBEDDED = "shakespeare.json";

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  public GoldenFile {
    cases = List.copyOf(cases);
  }

  /// The golden file of the embedded model, which ships with it.
  public static GoldenFile embedded() {
    try (InputStream in = GoldenFile.class.getResourceAsStream(EMBEDDED)) {
      if (in == null) {
        throw new IllegalStateException("resource " + EMBEDDED + " is missing from the build");
      }
      return read(in, "the shipped golden file");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads a golden file.
  ///
  /// @throws ModelException if it cannot be read or is not a golden file; the message is
  ///     one line that names the file, the case and the field
  public static GoldenFile read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return read(in, file.toString());
    } catch (NoSuchFileException e) {
      throw new ModelException(file + ": does not exist", e);
    } catch (IOException e) {
      throw new ModelException(file + ": cannot be read: " + FileProblem.describe(e), e);
    }
  }

  /// Reads a golden file from a stream.
  ///
  /// @param source what messages call it
  /// @throws ModelException as [#read(Path)]
  public static GoldenFile read(InputStream in, String source) {
    JsonNode root;
    try {
      root = MAPPER.readTree(in);
    } catch (JacksonException e) {
      throw new ModelException(
          "%s: is not valid JSON: %s%s".formatted(source, firstLine(e.getOriginalMessage()), at(e)),
          e);
    } catch (IOException e) {
      throw new ModelException(source + ": cannot be read: " + FileProblem.describe(e), e);
    }
    return read(new Field(source, root));
  }

  private static GoldenFile read(Field root) {
    String format = root.child("format").text();
    if (!format.equals(FORMAT)) {
      throw root.child("format").problem("is '%s': only %s is known".formatted(format, FORMAT));
    }
    String sha256 = root.child("model_sha256").text();
    if (!sha256.matches("[0-9a-f]{64}")) {
      throw root.child("model_sha256").problem("is not 64 lower-case hexadecimal digits");
    }
    List<GoldenCase> cases = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    for (Field each : root.child("cases").elements()) {
      GoldenCase golden = readCase(each);
      if (!ids.add(golden.id())) {
        throw each.child("id").problem("'%s' occurs twice".formatted(golden.id()));
      }
      cases.add(golden);
    }
    if (cases.isEmpty()) {
      throw root.child("cases").problem("is empty: there is nothing to compare with");
    }
    return new GoldenFile(root.path(), root.child("generator").text(), sha256, cases);
  }

  private static GoldenCase readCase(Field field) {
    Field text = field.child("text");
    GoldenCase golden =
        new GoldenCase(
            field.child("id").text(),
            text.isPresent() ? Optional.of(text.text()) : Optional.empty(),
            field.child("prompt_ids").tokenIds(),
            field.child("greedy_ids").tokenIds(),
            field.child("greedy_margins").numbers(),
            field.child("last_logits").numbers());
    if (golden.promptIds().length == 0) {
      throw field.child("prompt_ids").problem("is empty");
    }
    if (golden.greedyMargins().length != golden.greedyIds().length) {
      throw field
          .child("greedy_margins")
          .problem(
              String.format(
                  Locale.ROOT,
                  "has %d values where greedy_ids has %d",
                  golden.greedyMargins().length,
                  golden.greedyIds().length));
    }
    return golden;
  }

  /// Checks that this file was recorded from a model of this shape and these weights.
  ///
  /// @param sha256 of the model's safetensors files, concatenated in name order
  /// @throws ModelException if it was not; the message names both digests, or the case
  ///     that does not fit the shape
  public void requireModel(String sha256, Gpt2Config config) {
    if (!sha256.equals(modelSha256)) {
      throw new ModelException(
          "%s: was recorded from another model: model_sha256 is %s, this model's is %s; name its model with -m, or record this one with tools/reference/gpt2_reference.py"
              .formatted(source, modelSha256, sha256));
    }
    for (GoldenCase golden : cases) {
      requireIds(golden, "prompt_ids", golden.promptIds(), config);
      requireIds(golden, "greedy_ids", golden.greedyIds(), config);
      // The last new token needs no position.
      int positions = golden.promptIds().length + Math.max(0, golden.greedyIds().length - 1);
      if (positions > config.nPositions()) {
        throw mismatch(
            golden, "it needs %d positions, n_positions is %d", positions, config.nPositions());
      }
      int logits = golden.lastLogits().length;
      if (logits != config.vocabSize()) {
        throw mismatch(golden, "%d last_logits for a vocab_size of %d", logits, config.vocabSize());
      }
    }
  }

  private void requireIds(GoldenCase golden, String field, int[] ids, Gpt2Config config) {
    for (int id : ids) {
      if (id >= config.vocabSize()) {
        throw mismatch(
            golden, field + " holds %d, outside the vocabulary [0, %d)", id, config.vocabSize());
      }
    }
  }

  private ModelException mismatch(GoldenCase golden, String format, Object... values) {
    return new ModelException(
        "%s: case '%s': %s"
            .formatted(source, golden.id(), String.format(Locale.ROOT, format, values)));
  }

  private static String firstLine(String text) {
    // Jackson says where an array began, with words about itself.
    return text.lines().findFirst().orElse("").replaceFirst(" \\(start marker at .*", "");
  }

  private static String at(JacksonException e) {
    return e.getLocation() == null
        ? ""
        : String.format(
            Locale.ROOT,
            " (line %d, column %d)",
            e.getLocation().getLineNr(),
            e.getLocation().getColumnNr());
  }
}
