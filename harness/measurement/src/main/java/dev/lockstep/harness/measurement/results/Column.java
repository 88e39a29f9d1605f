package dev.lockstep.harness.measurement.results;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A column of a CSV file: its name, how a cell is written, and how it is read back. A blank cell
/// is null, "not measured".
///
/// @param value what a row has there
/// @param write never asked for null
/// @param read never asked for a blank; throws [IllegalArgumentException] if it is not such a value
/// @param <R> what a row is made from
/// @param <V> what a cell holds
record Column<R, V>(
    String name, Value<R, V> value, Function<V, String> write, Function<String, V> read) {

  /// What a row has in a column, or null.
  @FunctionalInterface
  interface Value<R, V> {
    @Nullable V of(R row);
  }

  static <R> Column<R, String> text(String name, Value<R, String> value) {
    return new Column<>(name, value, text -> text, text -> text);
  }

  static <R> Column<R, Integer> count(String name, Value<R, Integer> value) {
    return new Column<>(name, value, Numbers::text, Integer::valueOf);
  }

  static <R> Column<R, Long> bigCount(String name, Value<R, Long> value) {
    return new Column<>(name, value, Numbers::text, Long::valueOf);
  }

  static <R> Column<R, Double> number(String name, Value<R, Double> value) {
    return new Column<>(name, value, Numbers::text, Double::valueOf);
  }

  /// With as many digits as single precision has: for values whose last digits are the point.
  static <R> Column<R, Double> exactNumber(String name, Value<R, Double> value) {
    return new Column<>(name, value, Numbers::exact, Double::valueOf);
  }

  /// Numbers separated by spaces.
  static <R> Column<R, double[]> numbers(String name, Value<R, double[]> value) {
    return new Column<>(
        name,
        value,
        numbers -> Arrays.stream(numbers).mapToObj(Numbers::text).collect(Collectors.joining(" ")),
        text -> Arrays.stream(text.split(" ")).mapToDouble(Double::parseDouble).toArray());
  }

  /// The names of an enum's constants as they are.
  static <R, E extends Enum<E>> Column<R, E> constant(
      String name, Class<E> type, Value<R, E> value) {
    return new Column<>(name, value, Enum::name, text -> Enum.valueOf(type, text));
  }

  /// A word for each constant of an enum.
  static <R, E extends Enum<E>> Column<R, E> word(
      String name, Class<E> type, Function<E, String> label, Value<R, E> value) {
    return new Column<>(name, value, label, text -> labelled(type, label, text));
  }

  private static <E extends Enum<E>> E labelled(
      Class<E> type, Function<E, String> label, String text) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> label.apply(constant).equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "'%s' is no %s"
                        .formatted(text, type.getSimpleName().toLowerCase(Locale.ROOT))));
  }

  String cell(R row) {
    V own = value.of(row);
    return own == null ? "" : write.apply(own);
  }

  /// What a cell says; null if it is blank.
  ///
  /// @throws IllegalArgumentException naming the column
  @Nullable V parse(String cell) {
    try {
      return cell.isEmpty() ? null : read.apply(cell);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "column %s: %s".formatted(name, String.valueOf(e.getMessage())), e);
    }
  }
}
