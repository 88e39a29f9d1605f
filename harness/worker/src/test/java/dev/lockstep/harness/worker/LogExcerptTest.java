package dev.lockstep.harness.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.harness.worker.machine.JavaOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a log says about a worker that ended, from logs as JDK 25 writes them and from real ones.
class LogExcerptTest {
  @TempDir private Path directory;
  private Path log;

  @BeforeEach
  void nameLog() {
    log = directory.resolve("simd.log");
  }

  /// The excerpt without what the environment of this test adds.
  private String ofStart(String text) throws Exception {
    Files.writeString(log, text);
    String environment = JavaOptions.ofEnvironment().describe();
    return new LogExcerpt(log, 0, false)
        .ofStart()
        .replace(" (the environment has " + environment + ")", "");
  }

  @Test
  void theReasonIsFoundAmongWhatTheJvmSaysBeside() throws Exception {
    assertEquals(
        "Multiple garbage collectors selected",
        ofStart(
            """
            Picked up _JAVA_OPTIONS: -XX:+UseG1GC
            WARNING: Using incubator modules: jdk.incubator.vector
            Error occurred during initialization of VM
            Multiple garbage collectors selected
            """));
    assertEquals(
        "Unrecognized VM option 'UseParalelGC'; Did you mean '(+/-)UseParallelGC'?",
        ofStart(
            """
            [0.002s][info][gc] Using Parallel
            Unrecognized VM option 'UseParalelGC'
            Did you mean '(+/-)UseParallelGC'?
            Error: Could not create the Java Virtual Machine.
            Error: A fatal exception has occurred. Program will exit.
            """));
    assertEquals(
        "Exception in thread \"main\" java.lang.IllegalStateException: no",
        ofStart(
            "Exception in thread \"main\" java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\n"));
    assertEquals("", ofStart(""));
  }

  @Test
  void aCrashInNativeCodeNamesSignalAndLibrary() throws Exception {
    Files.writeString(
        log,
        """
        #
        # A fatal error has been detected by the Java Runtime Environment:
        #
        #  SIGSEGV (0xb) at pc=0x00007f, pid=12, tid=13
        #
        # JRE version: OpenJDK Runtime Environment (25.0.3+9)
        # Problematic frame:
        # C  [libpocl.so.2+0x1234]  pocl_exec_command+0x3
        #
        """);
    assertEquals(
        "SIGSEGV (0xb) at pc=0x00007f, pid=12, tid=13; C [libpocl.so.2+0x1234] pocl_exec_command+0x3",
        new LogExcerpt(log, 0, false).ofCrash());
  }

  @Test
  void whatAnEarlierWorkerWroteIsNotRepeated() throws Exception {
    Files.writeString(log, "Unrecognized VM option 'Old'\n");
    LogExcerpt excerpt = LogExcerpt.since(log, false);
    Files.writeString(log, "Unrecognized VM option 'New'\n", StandardOpenOption.APPEND);
    assertTrue(excerpt.ofStart().startsWith("Unrecognized VM option 'New'"), excerpt.ofStart());
  }

  @Test
  void aWorkerThatDoesNotStartSaysWhy() {
    for (String flag :
        List.of("-XX:+NoSuchFlag", "--no-such-option", "-Xmx12q", "-XX:TieredStopAtLevel=9")) {
      WorkerFailure failure =
          assertThrows(
              WorkerFailure.class,
              () ->
                  Worker.start(
                      new WorkerCommand(
                          "simd", new JavaWorker(List.of(flag), List.of()), log, null)));
      String message = failure.getMessage();
      String name = flag.replaceAll("^-[-X:+]*|=.*", "");
      assertTrue(message.startsWith("worker simd ended with exit code 1: "), message);
      assertTrue(message.contains(name), message);
      assertTrue(message.endsWith("(log: " + log + ")"), message);
      assertFalse(message.contains("\n"), message);
    }
  }
}
