package dev.lockstep.harness.measurement.results;

import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/// `tokens.csv`: a row per new token.
public final class TokensCsv {
  public static final String FILE_NAME = "tokens.csv";
  public static final List<String> HEADER =
      List.of(
          "fork",
          "round",
          "backend",
          "options",
          "prompt_id",
          "token_index",
          "position",
          "token_id",
          "time_ms",
          "itl_ms");

  private TokensCsv() {}

  /// The rows of one sample.
  ///
  /// @param promptTokens how long the prompt was: the first new token has this position
  public static List<List<String>> rows(
      Sample.Key key, int promptTokens, int[] tokenIds, long[] tokenNanos) {
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < tokenIds.length; i++) {
      rows.add(
          List.of(
              Numbers.text(key.fork()),
              Numbers.text(key.round()),
              key.backend(),
              key.options(),
              key.promptId(),
              Numbers.text(i),
              Numbers.text(promptTokens + i),
              Numbers.text(tokenIds[i]),
              Numbers.text(tokenNanos[i] / 1e6),
              i == 0 ? "" : Numbers.text((tokenNanos[i] - tokenNanos[i - 1]) / 1e6)));
    }
    return rows;
  }

  /// The rows of an earlier file that belong to finished samples.
  ///
  /// @throws UserError if the file cannot be read
  public static List<List<String>> rowsOf(Path file, Set<Sample.Key> finished) {
    if (Files.notExists(file)) {
      throw UserError.usage(
          "--resume: the run in %s was begun without --tokens, so the tokens it has measured are not known; leave out --tokens, or choose another directory"
              .formatted(file.getParent()));
    }
    List<List<String>> rows = new ArrayList<>();
    try (CSVParser parser = SamplesCsv.parser(file)) {
      SamplesCsv.requireHeader(file, parser, HEADER);
      for (CSVRecord row : parser) {
        if (row.isConsistent() && finished.contains(key(row))) {
          rows.add(row.toList());
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw UserError.error("%s cannot be read: %s".formatted(file, SamplesCsv.problem(e)), e);
    } catch (NumberFormatException e) {
      throw UserError.error(
          "%s holds a row that cannot be understood: %s".formatted(file, e.getMessage()), e);
    }
    return rows;
  }

  private static Sample.Key key(CSVRecord row) {
    return new Sample.Key(
        Integer.parseInt(row.get("fork")),
        Integer.parseInt(row.get("round")),
        row.get("backend"),
        row.get("options"),
        row.get("prompt_id"));
  }
}
