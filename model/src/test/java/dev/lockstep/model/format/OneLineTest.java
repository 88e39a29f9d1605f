package dev.lockstep.model.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class OneLineTest {
  @Test
  void wholeCharactersStay() {
    assertEquals("🐙 日本 é", OneLine.of("🐙 日本 é"));
  }

  @Test
  void halvesAndControlsBecomeQuestionMarks() {
    assertEquals("a?b?c?", OneLine.of("a\ud83db\u001bc\n"));
    assertEquals("a?…", OneLine.of("a🐙b", 2));
  }
}
