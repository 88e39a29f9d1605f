package dev.lockstep.model.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Reads a safetensors header token by token, so that memory grows with the bytes that are there
/// and never with a number the file claims.
///
/// The format: 8 bytes little-endian header length `n`, `n` bytes of JSON, then the data section.
/// The JSON maps each tensor's name to `dtype`, `shape` and `data_offsets`; `__metadata__` maps
/// strings to strings. The tensors tile the data section: no hole, no overlap, nothing after the
/// last.
final class SafetensorsHeader {
  private static final String METADATA = "__metadata__";
  private static final int MAX_DIMENSIONS = 8;

  private final Path file;
  private final JsonParser parser;

  private SafetensorsHeader(Path file, JsonParser parser) {
    this.file = file;
    this.parser = parser;
  }

  /// @param header the header's bytes
  /// @param dataBytes the length of the data section
  /// @return the tensors, in the order of their data
  static List<TensorEntry> read(Path file, InputStream header, long dataBytes) {
    List<TensorEntry> entries =
        StrictJson.parse(file, header, parser -> new SafetensorsHeader(file, parser).entries());
    entries.sort(Comparator.comparingLong(TensorEntry::begin).thenComparingLong(TensorEntry::end));
    requireTiling(file, entries, dataBytes);
    return List.copyOf(entries);
  }

  private List<TensorEntry> entries() throws IOException {
    expect(JsonToken.START_OBJECT, "the header");
    List<TensorEntry> entries = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      if (name.equals(METADATA)) {
        skipMetadata();
      } else {
        entries.add(entry(name));
      }
    }
    return entries;
  }

  private void skipMetadata() throws IOException {
    expect(JsonToken.START_OBJECT, METADATA);
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      expect(JsonToken.VALUE_STRING, METADATA + "." + parser.currentName());
    }
  }

  private TensorEntry entry(String name) throws IOException {
    String where = "tensor '%s'".formatted(name);
    expect(JsonToken.START_OBJECT, where);
    String dtypeName = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String field = parser.currentName();
      switch (field) {
        case "dtype" -> {
          expect(JsonToken.VALUE_STRING, where + ".dtype");
          dtypeName = parser.getText();
        }
        case "shape" -> shape = sizes(where + ".shape", MAX_DIMENSIONS);
        case "data_offsets" -> offsets = sizes(where + ".data_offsets", 2);
        default -> throw refuse(where + " has the unknown field '%s'".formatted(field));
      }
    }
    return checked(where, name, dtypeName, shape, offsets);
  }

  private TensorEntry checked(
      String where,
      String name,
      @Nullable String dtypeName,
      @Nullable List<Long> shape,
      @Nullable List<Long> offsets) {
    if (dtypeName == null || shape == null || offsets == null) {
      throw refuse(where + " lacks dtype, shape or data_offsets");
    }
    Dtype dtype = Dtype.byName(dtypeName);
    if (dtype == null) {
      throw refuse(where + " has the unknown dtype '%s'".formatted(dtypeName));
    }
    if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
      throw refuse(where + " has data_offsets %s: not a begin and an end".formatted(offsets));
    }
    long bytes = dtype.bytes();
    try {
      for (long size : shape) {
        bytes = Math.multiplyExact(bytes, size);
      }
    } catch (ArithmeticException e) {
      throw refuse(where + " has shape %s: its size overflows 64 bits".formatted(shape));
    }
    long occupied = offsets.get(1) - offsets.get(0);
    if (bytes != occupied) {
      throw refuse(
          where
              + String.format(
                  Locale.ROOT,
                  " of dtype %s and shape %s needs %d bytes, but data_offsets %s give it %d",
                  dtype,
                  shape,
                  bytes,
                  offsets,
                  occupied));
    }
    return new TensorEntry(name, dtype, shape, offsets.get(0), offsets.get(1));
  }

  private List<Long> sizes(String where, int limit) throws IOException {
    expect(JsonToken.START_ARRAY, where);
    List<Long> sizes = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
        throw refuse(where + " holds something that is not an integer");
      }
      long size = parser.getLongValue();
      if (size < 0) {
        throw refuse(where + String.format(Locale.ROOT, " holds the negative number %d", size));
      }
      if (sizes.size() == limit) {
        throw refuse(where + String.format(Locale.ROOT, " has more than %d numbers", limit));
      }
      sizes.add(size);
    }
    return sizes;
  }

  private static void requireTiling(Path file, List<TensorEntry> entries, long dataBytes) {
    long next = 0;
    for (TensorEntry entry : entries) {
      if (entry.begin() != next) {
        throw new FormatException(
            file,
            String.format(
                Locale.ROOT,
                "tensor '%s' begins at byte %d of the data section, which %s at byte %d",
                entry.name(),
                entry.begin(),
                entry.begin() < next ? "overlaps the one before, ending" : "leaves a hole",
                next));
      }
      next = entry.end();
    }
    if (next != dataBytes) {
      throw new FormatException(
          file,
          String.format(
              Locale.ROOT,
              "its tensors end at byte %d of a data section of %d bytes: the file is %s",
              next,
              dataBytes,
              next > dataBytes ? "truncated" : "too long"));
    }
  }

  private void expect(JsonToken token, String where) throws IOException {
    if (parser.nextToken() != token) {
      throw refuse(where + " is not " + describe(token));
    }
  }

  private static String describe(JsonToken token) {
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      default -> "a string";
    };
  }

  private FormatException refuse(String problem) {
    return new FormatException(file, "safetensors header: " + problem);
  }
}
