package dev.lockstep.harness.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JmhOutputTest {
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();
  private final JmhOutput output = new JmhOutput(log);

  private void print(String text) throws IOException {
    output.write(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void everythingGoesToTheLogAndProgressCanBeAskedFor() throws IOException {
    print("# JMH version: 1.37\n\n# Run progress: 25.00% complete, ETA 00:00:09\n");
    assertEquals("25.00% complete, ETA 00:00:09", output.progress());
    assertEquals("", output.problem());
    print("half a line");
    assertEquals(4, log.toString(StandardCharsets.UTF_8).lines().count());
  }

  @Test
  void anExceptionIsToldByItsMessage() throws IOException {
    print("Iteration   1: <failure>\n\njava.lang.IllegalStateException: it answers NaN\n");
    print("\tat dev.lockstep.Somewhere\n");
    assertEquals("it answers NaN", output.problem());
  }

  @Test
  void aForkThatEndsIsToldByItsFirstWords() throws IOException {
    print("<forked VM failed with exit code 1>\n<stdout last='20 lines'>\n</stdout>\n");
    print("<stderr last='20 lines'>\nUnrecognized VM option 'Nonsense'\n</stderr>\n");
    assertEquals("Unrecognized VM option 'Nonsense'", output.problem());
  }

  @Test
  void aForkThatWasKilledIsToldAsSuch() throws IOException {
    print(
        "Iteration   1: <killed: no progress within 3.0 s>\n<forked VM failed with exit code 137>\n");
    assertEquals("killed: no progress within 3.0 s", output.problem());
    output.begin();
    assertEquals("", output.problem());
  }
}
