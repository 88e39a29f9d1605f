package dev.lockstep.model.format;

import dev.lockstep.api.file.FileProblem;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PushbackInputStream;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// Text files of a model directory: valid UTF-8, and behind a byte order mark, which editors on
/// Windows write, if there is one.
final class TextFile {
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private TextFile() {}

  /// The whole text of a file of at most `maxBytes`, without its byte order mark.
  ///
  /// @throws FormatException if there is no such file, it is too large, not UTF-8, or something
  ///     else than text that is known to come in the place of such files ([ForeignFile])
  public static String read(Path file, long maxBytes) {
    try (Reader text = utf8(open(file, maxBytes))) {
      return text.readAllAsString();
    } catch (CharacterCodingException e) {
      throw new FormatException(file, "is not valid UTF-8", e);
    } catch (IOException e) {
      throw new FormatException(file, "cannot be read: " + FileProblem.describe(e), e);
    }
  }

  /// The bytes behind the byte order mark; otherwise as [#read].
  static InputStream open(Path file, long maxBytes) throws IOException {
    StrictJson.requireSize(file, maxBytes);
    ForeignFile.refuse(file);
    return withoutByteOrderMark(Files.newInputStream(file));
  }

  private static InputStream withoutByteOrderMark(InputStream in) throws IOException {
    PushbackInputStream stream = new PushbackInputStream(in, BYTE_ORDER_MARK.length);
    byte[] start = stream.readNBytes(BYTE_ORDER_MARK.length);
    if (!Arrays.equals(start, BYTE_ORDER_MARK)) {
      stream.unread(start);
    }
    return stream;
  }

  /// Decodes strictly: what is not UTF-8 is a [CharacterCodingException].
  static Reader utf8(InputStream in) {
    return new InputStreamReader(
        in,
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT));
  }
}
