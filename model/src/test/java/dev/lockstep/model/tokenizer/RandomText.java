package dev.lockstep.model.tokenizer;

import java.util.List;
import java.util.Random;

/// Seeded text of everything that a tokenizer stumbles over.
final class RandomText {
  private static final List<String> FRAGMENTS =
      List.of(
          "'s",
          "'t",
          "'re",
          "'ve",
          "'m",
          "'ll",
          "'d",
          "'S",
          "'LL",
          "''s",
          "'",
          "’s",
          "don't",
          "I'll've",
          " 'd",
          "<|endoftext|>",
          "<|",
          "the",
          " the",
          "Hello",
          " world",
          "import ",
          "    return",
          "\t\t",
          "\r\n",
          "\n\n",
          " \n ",
          "1234567",
          " 3.14",
          "½",
          "Ⅷ",
          "٣",
          "²",
          "\uD83D\uDC69\u200D\uD83D\uDCBB",
          "\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67",
          "\uD83C\uDDE9\uD83C\uDDEA",
          "\uD83D\uDC4D\uD83C\uDFFD",
          "e\u0301",
          "\u0928\u092E\u0938",
          "\u4F60\u597D",
          "\u3053\u3093",
          "\uD55C\uAD6D",
          "\u0627\u0644",
          "\u05E9\u05DC",
          "\u041F\u0440\u0438",
          "\u0E2A\u0E27",
          "\uD835\uDD38",
          "\uD800\uDF48",
          "\uFEFF",
          "\u00A0",
          "\u0085",
          "\u1680",
          "\u2003",
          "\u2028",
          "\u2029",
          "\u202F",
          "\u3000",
          "\u180E",
          "\u200B",
          "\u001C",
          "\u001F",
          "\u0000",
          "\u007F",
          "\u000B",
          "\uD800",
          "\uDC00",
          "\uDFFF\uD83D",
          "\uFFFD",
          "\uFFFF",
          "ﬁ",
          "ß",
          "İ",
          "ǅ",
          "ʰ",
          "\uDB40\uDC01");

  /// First and last code points of ranges to draw from, the last three of all planes.
  private static final int[][] RANGES = {
    {' ', '~'},
    {'a', 'z'},
    {'0', '9'},
    {0, 0x1F},
    {0x80, 0xFF},
    {0x100, 0x24F},
    {0x370, 0x5FF},
    {0x600, 0x6FF},
    {0x900, 0xDFF},
    {0x1680, 0x2070},
    {0x2150, 0x218F},
    {0x2600, 0x27BF},
    {0x3000, 0x30FF},
    {0x4E00, 0x9FFF},
    {0xAC00, 0xD7A3},
    {0xD800, 0xDFFF},
    {0xF900, 0xFFFF},
    {0x1F300, 0x1FAFF},
    {0x10000, 0x10FFFF},
    {0, 0x10FFFF},
    {0, 0xFFFF}
  };

  private final Random random;

  RandomText(long seed) {
    random = new Random(seed);
  }

  String next() {
    StringBuilder text = new StringBuilder();
    int parts = 1 + random.nextInt(12);
    for (int part = 0; part < parts; part++) {
      switch (random.nextInt(5)) {
        case 0, 1 -> text.append(FRAGMENTS.get(random.nextInt(FRAGMENTS.size())));
        case 2 -> text.append(" \t\n\u00A0".charAt(random.nextInt(4)));
        case 3 -> text.append(" ".repeat(random.nextInt(5)));
        default -> appendRun(text);
      }
    }
    return text.toString();
  }

  private void appendRun(StringBuilder text) {
    int[] range = RANGES[random.nextInt(RANGES.length)];
    int length = 1 + random.nextInt(8);
    for (int i = 0; i < length; i++) {
      int codePoint = range[0] + random.nextInt(range[1] - range[0] + 1);
      if (Character.isBmpCodePoint(codePoint)) {
        // Not appendCodePoint alone: lone surrogates are wanted too.
        text.append((char) codePoint);
      } else {
        text.appendCodePoint(codePoint);
      }
    }
  }
}
