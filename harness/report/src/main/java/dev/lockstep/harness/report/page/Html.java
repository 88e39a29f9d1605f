package dev.lockstep.harness.report.page;

import java.util.ArrayList;
import java.util.List;

/// Writes HTML. Text goes in through [#text], which lets no markup through: prompts, names and
/// reasons come from anywhere.
final class Html {
  private final StringBuilder out = new StringBuilder();

  /// A cell of a table.
  ///
  /// @param kind its class; empty for none
  record Cell(String text, String kind) {
    static Cell words(String text) {
      return new Cell(text, "");
    }

    static Cell number(String text) {
      return new Cell(text, "n");
    }
  }

  /// Text as it is to be read.
  static String escaped(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                case '\n', '\t' -> escaped.appendCodePoint(c);
                default ->
                    escaped.appendCodePoint(
                        Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE
                            ? '\uFFFD'
                            : c);
              }
            });
    return escaped.toString();
  }

  /// Markup that is ours.
  Html markup(String markup) {
    out.append(markup);
    return this;
  }

  Html text(String text) {
    return markup(escaped(text));
  }

  /// An element that holds text. The text keeps its direction to itself.
  ///
  /// @param tag a name, or a name and attributes
  Html element(String tag, String text) {
    return markup("<" + tag + "><bdi>").text(text).markup("</bdi></" + name(tag) + ">\n");
  }

  /// A row's name may be broken between the options of a backend.
  private void rowHeader(String text) {
    markup("<th scope=\"row\"><bdi>")
        .markup(escaped(text).replace(":", ":<wbr>"))
        .markup("</bdi></th>\n");
  }

  private static String name(String tag) {
    int end = tag.indexOf(' ');
    return end < 0 ? tag : tag.substring(0, end);
  }

  /// A list of lines.
  Html list(List<String> lines) {
    markup("<ul>\n");
    lines.forEach(line -> element("li", line));
    return markup("</ul>\n");
  }

  /// A table whose first column names its rows. It scrolls by itself where the page is narrow.
  ///
  /// @param caption says what it holds, also to those who do not see it
  Html table(String caption, List<String> header, List<List<Cell>> rows) {
    element("p class=\"small\"", caption);
    markup("<div class=\"scroll\" tabindex=\"0\"><table aria-label=\"").text(caption);
    markup("\">\n<thead><tr>");
    for (int i = 0; i < header.size(); i++) {
      boolean numeric = !rows.isEmpty() && rows.getFirst().get(i).kind().equals("n");
      element(numeric ? "th scope=\"col\" class=\"n\"" : "th scope=\"col\"", header.get(i));
    }
    markup("</tr></thead>\n<tbody>\n");
    for (List<Cell> row : rows) {
      markup("<tr>");
      List<Cell> cells = new ArrayList<>(row);
      rowHeader(cells.removeFirst().text());
      for (Cell cell : cells) {
        element(cell.kind().isEmpty() ? "td" : "td class=\"" + cell.kind() + "\"", cell.text());
      }
      markup("</tr>\n");
    }
    return markup("</tbody></table></div>\n");
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
