package dev.lockstep.harness.micro;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What JMH prints while it runs. All of it is handed on; how far JMH is, and why a benchmark
/// failed, can be asked for.
public final class JmhOutput extends OutputStream {
  private static final String STARTING = "0.00% complete";
  private static final String PROGRESS = "# Run progress: ";

  /// JMH writes these behind the name of the iteration, on its line.
  private static final Pattern KILLED = Pattern.compile("<(killed: .*)>");

  private static final Pattern FAILURE = Pattern.compile("<failure>|<forked VM failed");

  private final OutputStream log;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private String progress = STARTING;
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
    progress = STARTING;
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
    Matcher killed = KILLED.matcher(text);
    if (text.startsWith(PROGRESS)) {
      progress = text.substring(PROGRESS.length());
    } else if (problem.isEmpty() && killed.find()) {
      problem = killed.group(1);
    } else if (FAILURE.matcher(text).find()) {
      failed = true;
    } else if (failed && problem.isEmpty() && text.matches("[^<#].*")) {
      // An exception's class says nothing that its message does not.
      problem = text.replaceFirst("^(?:[a-z]\\w*\\.)+\\w+: ", "");
    }
  }

  @Override
  public void flush() throws IOException {
    log.flush();
  }
}
