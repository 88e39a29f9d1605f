package dev.lockstep.harness.measurement.results;

import static dev.lockstep.harness.measurement.results.Column.count;
import static dev.lockstep.harness.measurement.results.Column.number;

import dev.lockstep.harness.measurement.results.Table.Row;
import dev.lockstep.harness.measurement.statistics.Sample;
import dev.lockstep.harness.worker.error.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// `tokens.csv`: a row per new token.
public final class TokensCsv {
  /// A new token of a sample.
  ///
  /// @param index among the new tokens, from 0
  /// @param position in the sequence
  /// @param timeMillis since the sample began
  /// @param itlMillis since the token before; null for the first
  public record Token(
      Sample.Key sample,
      int index,
      int position,
      int id,
      double timeMillis,
      @Nullable Double itlMillis) {}

  private static final KeyColumns<Token> KEY = new KeyColumns<>(Token::sample);
  private static final Column<Token, Integer> TOKEN_INDEX = count("token_index", Token::index);
  private static final Column<Token, Integer> POSITION = count("position", Token::position);
  private static final Column<Token, Integer> TOKEN_ID = count("token_id", Token::id);
  private static final Column<Token, Double> TIME_MS = number("time_ms", Token::timeMillis);
  private static final Column<Token, Double> ITL_MS = number("itl_ms", Token::itlMillis);

  public static final Table<Token> TABLE =
      new Table<>(
          "tokens.csv",
          List.of(
              KEY.fork,
              KEY.round,
              KEY.backend,
              KEY.options,
              KEY.promptId,
              TOKEN_INDEX,
              POSITION,
              TOKEN_ID,
              TIME_MS,
              ITL_MS));

  private TokensCsv() {}

  /// The rows of one sample.
  ///
  /// @param promptTokens how long the prompt was: the first new token has this position
  public static List<Token> tokens(
      Sample.Key sample, int promptTokens, int[] tokenIds, long[] tokenNanos) {
    List<Token> tokens = new ArrayList<>();
    for (int i = 0; i < tokenIds.length; i++) {
      tokens.add(
          new Token(
              sample,
              i,
              promptTokens + i,
              tokenIds[i],
              tokenNanos[i] / 1e6,
              i == 0 ? null : (Double) ((tokenNanos[i] - tokenNanos[i - 1]) / 1e6)));
    }
    return tokens;
  }

  /// The rows of an earlier file that belong to finished samples.
  ///
  /// @throws UserError if the file cannot be read
  public static List<Token> tokensOf(Path file, Set<Sample.Key> finished) {
    if (Files.notExists(file)) {
      throw UserError.usage(
          "--resume: the run in %s was begun without --tokens, so the tokens it has measured are not known; leave out --tokens, or choose another directory"
              .formatted(file.getParent()));
    }
    return TABLE.read(file, TokensCsv::token).stream()
        .filter(token -> finished.contains(token.sample()))
        .toList();
  }

  private static Token token(Row row) {
    return new Token(
        KEY.read(row),
        row.require(TOKEN_INDEX),
        row.require(POSITION),
        row.require(TOKEN_ID),
        row.require(TIME_MS),
        row.get(ITL_MS));
  }
}
