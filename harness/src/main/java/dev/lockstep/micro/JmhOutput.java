package dev.lockstep.micro;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// What JMH prints while it runs. All of it is handed on; how far JMH is, and why a benchmark
/// failed, can be asked for.
public final class JmhOutput extends OutputStream {
  private static final String PROGRESS = "# Progress: ";
  private static final String KILLED = "<killed: ";
  private static final List<String> FAILURES = List.of("<failure>", "<forked VM failed");

  private final OutputStream log;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private String progress = "starting";
  private String problem = "";
  private boolean failed;

  /// @param log receives every byte
  public JmhOutput(OutputStream log) {
    this.log = log;
  }

  /// How far JMH is, in its own words.
  public synchronized String progress() {
    return progress;
  }

  /// Why the last run's first failure happened, one line; empty if JMH did not say.
  public synchronized String problem() {
    return problem;
  }

  /// A new run begins.
  synchronized void begin() {
    progress = "starting";
    problem = "";
    failed = false;
  }

  @Override
  public synchronized void write(int b) throws IOException {
    log.write(b);
    if (b != '\n') {
      line.write(b);
      return;
    }
    read(line.toString(StandardCharsets.UTF_8).strip());
    line.reset();
  }

  private void read(String text) {
    if (text.startsWith(PROGRESS)) {
      progress = text.substring(PROGRESS.length());
    } else if (problem.isEmpty() && text.startsWith(KILLED)) {
      problem = text.replaceAll("[<>]", "");
    } else if (FAILURES.stream().anyMatch(text::startsWith)) {
      failed = true;
    } else if (failed && problem.isEmpty() && !text.isEmpty() && !text.startsWith("<")) {
      // An exception's class says nothing that its message does not.
      problem = text.replaceFirst("^(?:[a-z]\\w*\\.)+\\w+: ", "");
    }
  }

  @Override
  public void flush() throws IOException {
    log.flush();
  }
}
