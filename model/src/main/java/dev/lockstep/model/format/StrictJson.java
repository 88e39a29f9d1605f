package dev.lockstep.model.format;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.api.file.FileProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/// JSON from files that nobody vouches for: valid UTF-8 only, no duplicate keys, bounded nesting,
/// bounded file size, nothing after the document. A file may begin with a byte order mark.
public final class StrictJson {
  private static final int MAX_NESTING = 32;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_NESTING)
                  .maxNameLength(1 << 20)
                  .maxStringLength(1 << 20)
                  .maxNumberLength(64)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // Python's json writes NaN and Infinity. Whether a field may be one is its reader's
          // affair.
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          // Names come from the file: neither interned nor kept beyond the parse.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private static final ObjectMapper MAPPER =
      new ObjectMapper(FACTORY).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private StrictJson() {}

  /// What to do with a parser that stands before the first token of a document.
  @FunctionalInterface
  public interface Body<T> {
    T read(JsonParser parser) throws IOException;
  }

  /// The object in a file of at most `maxBytes`.
  ///
  /// @throws FormatException if there is no such file, it is too large, or it is not a JSON object
  public static JsonNode readObject(Path file, long maxBytes) {
    JsonNode root = parse(file, maxBytes, MAPPER::readTree);
    if (root == null || !root.isObject()) {
      throw new FormatException(file, "is not a JSON object");
    }
    return root;
  }

  /// Reads a file of at most `maxBytes` token by token; for files that are too large for a tree.
  public static <T> T parse(Path file, long maxBytes, Body<T> body) {
    try (InputStream in = TextFile.open(file, maxBytes)) {
      return parse(file, in, body);
    } catch (IOException e) {
      throw new FormatException(file, "cannot be read: " + FileProblem.describe(e), e);
    }
  }

  /// Reads a document from a stream; `file` is for messages only.
  static <T> T parse(Path file, InputStream in, Body<T> body) {
    try (JsonParser parser = FACTORY.createParser(TextFile.utf8(in))) {
      T result = body.read(parser);
      if (parser.nextToken() != null) {
        throw new FormatException(file, "has more than one JSON document");
      }
      return result;
    } catch (JsonProcessingException e) {
      throw new FormatException(file, describe(e), e);
    } catch (CharacterCodingException e) {
      throw new FormatException(file, "is not valid UTF-8", e);
    } catch (IOException e) {
      throw new FormatException(file, "cannot be read: " + FileProblem.describe(e), e);
    }
  }

  /// @throws FormatException if there is no such regular file or it is larger than `maxBytes`
  public static void requireSize(Path file, long maxBytes) {
    long size;
    try {
      if (!Files.isRegularFile(file)) {
        throw new FormatException(file, whyNotRegular(file));
      }
      size = Files.size(file);
    } catch (NoSuchFileException e) {
      throw new FormatException(file, "does not exist", e);
    } catch (IOException e) {
      throw new FormatException(file, "cannot be read: " + FileProblem.describe(e), e);
    }
    if (size > maxBytes) {
      throw new FormatException(
          file,
          String.format(
              Locale.ROOT, "is %d bytes long, more than the limit of %d", size, maxBytes));
    }
  }

  private static String whyNotRegular(Path file) throws IOException {
    if (Files.exists(file)) {
      return "is not a regular file";
    }
    return Files.isSymbolicLink(file)
        ? "is a broken link: its target %s does not exist".formatted(Files.readSymbolicLink(file))
        : "does not exist";
  }

  private static String describe(JsonProcessingException e) {
    String place = "";
    if (e.getLocation() != null) {
      place =
          String.format(
              Locale.ROOT,
              " (line %d, column %d)",
              e.getLocation().getLineNr(),
              e.getLocation().getColumnNr());
    }
    return "is not valid JSON: " + problem(e) + place;
  }

  /// What is wrong with a document, without the parser's remark on where its beginning lies: that
  /// names no file, and the lines of what the parser was given.
  public static String problem(JacksonException e) {
    return String.valueOf(e.getOriginalMessage())
        .replaceFirst(" \\(start marker at \\[.*?]\\)", "");
  }
}
