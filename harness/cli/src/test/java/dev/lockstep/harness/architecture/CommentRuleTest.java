package dev.lockstep.harness.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CommentRuleTest {
  /// The formatter breaks a line of a doc comment that is too long, and what it breaks off becomes
  /// an ordinary comment: Javadoc would lose it without a word.
  private static final Pattern BROKEN_OFF = Pattern.compile("\\n *///[^\\n]*\\n *// [^\\n]*");

  @Test
  void docCommentsAreWhole() throws IOException {
    List<String> broken = new ArrayList<>();
    for (String kind : List.of("main", "test")) {
      for (Checkout.Source source : Checkout.sources(kind)) {
        BROKEN_OFF
            .matcher(source.text())
            .results()
            .forEach(match -> broken.add(source.file() + ":" + match.group()));
      }
    }
    assertEquals(List.of(), broken);
  }
}
