package dev.lockstep.harness.measurement.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Damages files, the way that bit rot, cut transfers, wrong tools and malice do.
final class Mutator {
  private static final int MAX_CHANGES = 3;
  private static final int MAX_RANGE = 64;

  private static final List<byte[]> NUMBERS =
      words(
          "0",
          "-0",
          "-1",
          "1",
          "2",
          "3",
          "7",
          "255",
          "256",
          "65536",
          "2147483647",
          "2147483648",
          "4294967296",
          "9223372036854775807",
          "9223372036854775808",
          "-9223372036854775808",
          "18446744073709551616",
          "1e2",
          "1e400",
          "1.0",
          "0.5",
          "1" + "0".repeat(90),
          "null",
          "NaN",
          "-Infinity",
          "true");

  private static final List<byte[]> TOKENS =
      words(
          "{",
          "}",
          "[",
          "]",
          ":",
          ",",
          "\"",
          "\\",
          "\\u0000",
          "\\ud800",
          "\n",
          "\r\n",
          " ",
          "\t",
          "\0",
          "//",
          "{}",
          "[]",
          "\"\"",
          "false",
          "\"F16\"",
          "\"BF16\"",
          "\"F64\"",
          "\"I8\"",
          "\"dtype\":",
          "\"shape\":",
          "\"data_offsets\":",
          "\"__metadata__\":",
          "\"wte.weight\":",
          "transformer.",
          "module.",
          "_orig_mod.",
          "score.",
          "lm_head.weight",
          "h.0.attn.bias",
          "h.1.",
          "../",
          "/",
          ".safetensors",
          "\"n_ctx\":2,",
          "\"n_inner\":8,",
          "\"tie_word_embeddings\":false,",
          "<|endoftext|>",
          "\"ignore_merges\":true,",
          "\"use_regex\":false,",
          "\"special\":false,",
          "\"type\":\"NFC\"",
          "\"added_tokens\":",
          "\"merges\":",
          "#version",
          "Ġ",
          "é",
          "\uFEFF",
          "\uD83D\uDE80",
          "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[");

  private final Random random;

  Mutator(long seed) {
    random = new Random(seed);
  }

  private static List<byte[]> words(String... words) {
    return Arrays.stream(words).map(word -> word.getBytes(StandardCharsets.UTF_8)).toList();
  }

  Random random() {
    return random;
  }

  /// A damaged copy; it may by chance be equal to the original.
  byte[] mutate(byte[] original) {
    byte[] bytes = original;
    int changes = 1 + random.nextInt(MAX_CHANGES);
    for (int i = 0; i < changes; i++) {
      bytes = change(bytes);
    }
    return bytes;
  }

  private byte[] change(byte[] bytes) {
    int at = random.nextInt(bytes.length + 1);
    int end = Math.min(bytes.length, at + 1 + random.nextInt(MAX_RANGE));
    return switch (random.nextInt(11)) {
      case 0 -> flipBit(bytes, at);
      case 1 -> replace(bytes, at, Math.min(at + 1, bytes.length), randomBytes(1));
      case 2 -> replace(bytes, at, end, new byte[0]);
      case 3 -> replace(bytes, at, at, randomBytes(1 + random.nextInt(8)));
      case 4 -> replace(bytes, at, at, Arrays.copyOfRange(bytes, at, end));
      case 5 -> Arrays.copyOf(bytes, at);
      case 6 -> replace(bytes, bytes.length, bytes.length, randomBytes(1 + random.nextInt(16)));
      case 7 -> replace(bytes, at, at, pick(TOKENS));
      case 8 -> replace(bytes, at, Math.min(at + 1, bytes.length), pick(TOKENS));
      case 9 -> swapRanges(bytes, at, end);
      default -> replaceNumber(bytes, at);
    };
  }

  private byte[] pick(List<byte[]> words) {
    return words.get(random.nextInt(words.size()));
  }

  private byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[] flipBit(byte[] bytes, int at) {
    byte[] copy = bytes.clone();
    if (at < copy.length) {
      copy[at] ^= (byte) (1 << random.nextInt(8));
    }
    return copy;
  }

  /// The next number of the text, if there is one, becomes another.
  private byte[] replaceNumber(byte[] bytes, int at) {
    int start = at;
    while (start < bytes.length && !isDigit(bytes[start])) {
      start++;
    }
    int end = start;
    while (end < bytes.length && isDigit(bytes[end])) {
      end++;
    }
    return start == bytes.length ? bytes : replace(bytes, start, end, pick(NUMBERS));
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  /// Two neighbouring ranges change places.
  private static byte[] swapRanges(byte[] bytes, int at, int end) {
    int last = Math.min(bytes.length, end + (end - at));
    byte[] second = Arrays.copyOfRange(bytes, end, last);
    byte[] first = Arrays.copyOfRange(bytes, at, end);
    return replace(replace(bytes, end, last, first), at, end, second);
  }

  private static byte[] replace(byte[] bytes, int from, int to, byte[] by) {
    byte[] result = new byte[bytes.length - (to - from) + by.length];
    System.arraycopy(bytes, 0, result, 0, from);
    System.arraycopy(by, 0, result, from, by.length);
    System.arraycopy(bytes, to, result, from + by.length, bytes.length - to);
    return result;
  }
}
