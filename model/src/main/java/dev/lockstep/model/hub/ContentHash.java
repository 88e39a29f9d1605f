package dev.lockstep.model.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The checksum of a file as the hub computes it. The length of an ETag tells which: 64 digits are
/// SHA-256 of the content; 40 are git's blob id, SHA-1 of `"blob " + length + NUL + content`.
final class ContentHash {
  private static final int SHA256_DIGITS = 64;

  private final MessageDigest digest;

  ContentHash(RemoteFile file) {
    try {
      if (file.etag().length() == SHA256_DIGITS) {
        digest = MessageDigest.getInstance("SHA-256");
      } else {
        digest = MessageDigest.getInstance("SHA-1");
        update(("blob " + file.bytes() + "\0").getBytes(StandardCharsets.US_ASCII));
      }
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-1 and SHA-256", e);
    }
  }

  void update(byte[] bytes) {
    update(bytes, bytes.length);
  }

  void update(byte[] bytes, int length) {
    digest.update(bytes, 0, length);
  }

  /// Lowercase hex. The hash cannot be used afterwards.
  String value() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
