package dev.lockstep.model.tokenizer;

/// Splits text into the pieces that BPE works on, as GPT-2's regular expression does:
///
/// ```
/// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
/// ```
///
/// A scanner and not a regular expression, because it is linear whatever the text, and because the
/// character classes are then written down: `\p{L}` and `\p{N}` are Unicode's general categories
/// (of the Unicode version that the JDK implements), and `\s` is Unicode's White_Space, which
/// includes U+0085 and U+00A0 and does not include U+001C to U+001F, unlike both `\s` and
/// [Character#isWhitespace] in Java. A lone surrogate is neither letter, number nor space.
///
/// The pieces tile the text: each begins where the one before ended.
public final class PreTokenizer {
  /// The expression, as files of tokenizers write it.
  public static final String EXPRESSION =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  private final String text;
  private int position;

  PreTokenizer(String text) {
    this.text = text;
  }

  boolean hasNext() {
    return position < text.length();
  }

  /// The end of the piece that begins where the last one ended.
  int nextEnd() {
    position = endOfPiece(position);
    return position;
  }

  private int endOfPiece(int start) {
    int contraction = contractionLength(start);
    if (contraction > 0) {
      return start + contraction;
    }
    int body = text.charAt(start) == ' ' ? start + 1 : start;
    if (body < text.length()) {
      CharacterKind kind = CharacterKind.of(text.codePointAt(body));
      if (kind != CharacterKind.SPACE) {
        return endOfRun(body, kind);
      }
    }
    return endOfWhitespace(start);
  }

  /// `'s|'t|'re|'ve|'m|'ll|'d`, in lower case only.
  private int contractionLength(int start) {
    if (text.charAt(start) != '\'' || start + 1 == text.length()) {
      return 0;
    }
    char first = text.charAt(start + 1);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') {
      return 2;
    }
    char second = start + 2 == text.length() ? ' ' : text.charAt(start + 2);
    boolean two =
        (first == 'r' && second == 'e')
            || (first == 'v' && second == 'e')
            || (first == 'l' && second == 'l');
    return two ? 3 : 0;
  }

  private int endOfRun(int start, CharacterKind kind) {
    int end = start;
    while (end < text.length()) {
      int codePoint = text.codePointAt(end);
      if (CharacterKind.of(codePoint) != kind) {
        break;
      }
      end += Character.charCount(codePoint);
    }
    return end;
  }

  /// `\s+(?!\S)|\s+`: a run of spaces leaves its last one to the word that follows, unless it has
  /// only one. (No whitespace lies outside the basic plane, so a character is a `char` here.)
  private int endOfWhitespace(int start) {
    int end = endOfRun(start, CharacterKind.SPACE);
    return end == text.length() || end - start == 1 ? end : end - 1;
  }

  /// `\s` of the expression.
  static boolean isSpace(char c) {
    return CharacterKind.of(c) == CharacterKind.SPACE;
  }

  private enum CharacterKind {
    LETTER,
    NUMBER,
    SPACE,
    OTHER;

    static CharacterKind of(int codePoint) {
      return switch (Character.getType(codePoint)) {
        case Character.UPPERCASE_LETTER,
            Character.LOWERCASE_LETTER,
            Character.TITLECASE_LETTER,
            Character.MODIFIER_LETTER,
            Character.OTHER_LETTER ->
            LETTER;
        case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
            NUMBER;
        case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
            SPACE;
        default -> (codePoint >= '\t' && codePoint <= '\r') || codePoint == 0x85 ? SPACE : OTHER;
      };
    }
  }
}
