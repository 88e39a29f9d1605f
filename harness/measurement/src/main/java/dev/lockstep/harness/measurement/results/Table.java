package dev.lockstep.harness.measurement.results;

import dev.lockstep.api.file.FileProblem;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.format.OneLine;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVPrinter;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/// A CSV file with a fixed list of columns, which is the only place that knows them.
///
/// @param fileName in the output directory
/// @param columns in order
/// @param <R> what a row is made from
public record Table<R>(String fileName, List<Column<R, ?>> columns) {
  /// RFC 4180: comma, CRLF, quotes where needed.
  static final CSVFormat FORMAT = CSVFormat.RFC4180;

  private static final int MAX_NAME_CHARACTERS = 40;

  public Table {
    columns = List.copyOf(columns);
  }

  /// The names of the columns.
  public List<String> header() {
    return columns.stream().map(Column::name).toList();
  }

  /// The cells of a row.
  public List<String> cells(R row) {
    return columns.stream().map(column -> column.cell(row)).toList();
  }

  /// The text of a file.
  public String text(List<R> rows) {
    return text(header(), rows.stream().map(this::cells).toList());
  }

  /// The text of a file with these cells.
  static String text(List<String> header, List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    try (CSVPrinter printer = new CSVPrinter(text, FORMAT)) {
      printer.printRecord(header);
      for (List<String> row : rows) {
        printer.printRecord(row);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /// A row of a file.
  record Row(CSVRecord cells) {
    /// What it has in a column; null if that is blank.
    <V> @Nullable V get(Column<?, V> column) {
      return column.parse(text(column.name()));
    }

    /// What it has in a column that is never blank.
    ///
    /// @throws IllegalArgumentException if it is blank
    <V> V require(Column<?, V> column) {
      V value = get(column);
      if (value == null) {
        throw new IllegalArgumentException("column %s is blank".formatted(column.name()));
      }
      return value;
    }

    /// Whether the file has the column: that of another version may not.
    boolean has(Column<?, ?> column) {
      return cells.isMapped(column.name());
    }

    /// What it has in a column of text, which may be empty.
    String text(Column<?, String> column) {
      return text(column.name());
    }

    /// Blank in the file of a version that did not have the column.
    private String text(String column) {
      return cells.isMapped(column) ? cells.get(column) : "";
    }
  }

  /// The rows of a file. A last row that a killed run left incomplete is passed over.
  ///
  /// @throws UserError if it is not such a file
  List<R> read(Path file, Function<Row, R> reader) {
    return read(file, reader, names -> requireHeader(file, names));
  }

  /// The rows of a file of this version or another: columns that it does not have are blank, and
  /// those that only it has are passed over.
  ///
  /// @param required the columns without which a row says nothing
  /// @throws UserError if it is not such a file
  List<R> readAnyVersion(Path file, Function<Row, R> reader, List<Column<R, ?>> required) {
    return read(
        file,
        reader,
        names -> {
          for (Column<R, ?> column : required) {
            if (!names.contains(column.name())) {
              throw UserError.error(
                  "%s has no column %s, so it is no %s that can be read; restore the file, or run again"
                      .formatted(file, column.name(), fileName));
            }
          }
        });
  }

  private List<R> read(Path file, Function<Row, R> reader, Consumer<List<String>> checkHeader) {
    List<R> rows = new ArrayList<>();
    try (CSVParser parser = parser(file)) {
      checkHeader.accept(parser.getHeaderNames());
      for (CSVRecord row : parser) {
        if (row.isConsistent()) {
          rows.add(reader.apply(new Row(row)));
        }
      }
    } catch (IOException e) {
      throw UserError.error("%s cannot be read: %s".formatted(file, FileProblem.describe(e)), e);
    } catch (UncheckedIOException e) {
      throw UserError.error("%s cannot be read: %s".formatted(file, FileProblem.describe(e)), e);
    } catch (IllegalArgumentException e) {
      throw UserError.error(
          "%s holds a row that cannot be understood: %s".formatted(file, e.getMessage()), e);
    }
    return rows;
  }

  /// Reads a file whose first row is the header, up to its last whole row: a quoted field that a
  /// killed run left open would make the rest unreadable.
  private static CSVParser parser(Path file) throws IOException {
    String text = Files.readString(file);
    if (text.startsWith("\uFEFF")) {
      throw UserError.error(
          "%s begins with a byte order mark, so a spreadsheet such as Excel has saved it and may have changed its numbers; restore the file, or remove the mark and check the rows"
              .formatted(file));
    }
    boolean quoted = false;
    int wholeRows = 0;
    for (int i = 0; i < text.length(); i++) {
      quoted ^= text.charAt(i) == '"';
      if (!quoted && text.charAt(i) == '\n') {
        wholeRows = i + 1;
      }
    }
    return FORMAT
        .builder()
        .setHeader()
        .setSkipHeaderRecord(true)
        .get()
        .parse(new StringReader(quoted ? text.substring(0, wholeRows) : text));
  }

  /// @throws UserError naming the first column that is another one
  private void requireHeader(Path file, List<String> names) {
    List<String> header = header();
    for (int i = 0; i < Math.max(names.size(), header.size()); i++) {
      String name = i < names.size() ? names.get(i) : "missing";
      String expected = i < header.size() ? header.get(i) : "none";
      if (!name.equals(expected)) {
        throw UserError.error(
            String.format(
                Locale.ROOT,
                "%s does not have the columns of this version of %s: column %d is %s where %s is expected%s",
                file,
                file.getFileName(),
                i + 1,
                OneLine.of(
                    name.length() > MAX_NAME_CHARACTERS
                        ? name.substring(0, MAX_NAME_CHARACTERS) + "…"
                        : name),
                expected,
                name.matches(".*[;\t].*")
                    ? "; a spreadsheet has saved it with other separators"
                    : ""));
      }
    }
  }
}
