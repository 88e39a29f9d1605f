package dev.lockstep.model.hub;

import java.net.http.HttpHeaders;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// What the hub's headers say about a file.
///
/// @param etag the checksum: SHA-256 of a large file's bytes, or git's SHA-1 of a small file's
///     blob; lowercase hex, so that it can be a file name
/// @param bytes the file's length
record RemoteFile(String etag, long bytes) {
  private static final Pattern CHECKSUM = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

  /// The headers of the large-file store (`X-Linked-…`) are about the file; the plain ones may be
  /// about a redirect to it.
  static Optional<RemoteFile> of(HttpHeaders headers, boolean isRedirect) {
    Optional<String> etag =
        headers
            .firstValue("X-Linked-Etag")
            .or(() -> headers.firstValue("ETag"))
            .map(RemoteFile::unquoted)
            .filter(value -> CHECKSUM.matcher(value).matches());
    OptionalLong bytes = number(headers, "X-Linked-Size");
    if (bytes.isEmpty() && !isRedirect) {
      bytes = number(headers, "Content-Length");
    }
    return etag.isPresent() && bytes.isPresent() && bytes.getAsLong() >= 0
        ? Optional.of(new RemoteFile(etag.get(), bytes.getAsLong()))
        : Optional.empty();
  }

  private static OptionalLong number(HttpHeaders headers, String name) {
    try {
      return headers.firstValueAsLong(name);
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private static String unquoted(String etag) {
    String strong = etag.startsWith("W/") ? etag.substring(2) : etag;
    return strong.length() >= 2 && strong.startsWith("\"") && strong.endsWith("\"")
        ? strong.substring(1, strong.length() - 1)
        : strong;
  }
}
