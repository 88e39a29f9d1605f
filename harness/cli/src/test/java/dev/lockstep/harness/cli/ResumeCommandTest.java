package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ResumeCommandTest {
  private final String home = System.getProperty("lockstep.home", "");

  @BeforeEach
  void liveHere() {
    System.setProperty("lockstep.home", Path.of("").toAbsolutePath().toString());
  }

  @AfterEach
  void restore() {
    System.setProperty("lockstep.home", home);
  }

  @Test
  void optionsGoBeforeWhatTheUserTyped() {
    assertEquals(
        "./lockstep --stacktrace run --resume -o out -- 'what is -o?'",
        ResumeCommand.of(
            List.of("--stacktrace", "run", "-o", "out", "--", "what is -o?"), "run", false, null));
  }

  @Test
  void aDefaultDirectoryIsNamed() {
    assertEquals(
        "./lockstep run --resume -o runs/x-2 'it'\\''s'",
        ResumeCommand.of(List.of("run", "it's"), "run", false, Path.of("runs/x-2")));
  }

  @Test
  void aResumedRunIsResumedAgain() {
    assertEquals(
        "./lockstep run -o out --resume",
        ResumeCommand.of(List.of("run", "-o", "out", "--resume"), "run", true, null));
  }
}
