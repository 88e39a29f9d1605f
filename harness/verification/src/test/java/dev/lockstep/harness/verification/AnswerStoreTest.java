package dev.lockstep.harness.verification;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.lockstep.harness.worker.LogitsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A kept answer is the answer or none: it never misleads.
class AnswerStoreTest {
  private static final int[] TOKENS = {3, 1, 4};
  private static final int COLUMNS = 5;
  private static final long CAPACITY_BYTES = 4096;
  private static final int FILE_BYTES = 2 * COLUMNS * Double.BYTES + Long.BYTES;

  @TempDir private Path directory;

  private AnswerStore store(String modelHash) {
    return new AnswerStore(directory.resolve("answers"), () -> modelHash, CAPACITY_BYTES);
  }

  private Path answer(double first) throws IOException {
    Path file = directory.resolve("answer-" + first);
    try (LogitsFile.Writer writer = LogitsFile.create(file, COLUMNS)) {
      writer.append(new double[] {first, Double.NaN, -0.0, 1e-310, Double.NEGATIVE_INFINITY});
      writer.append(new double[] {1, 2, 3, 4, 5});
    }
    return file;
  }

  private static double @Nullable [] firstRow(AnswerStore store, String question, int... tokens)
      throws IOException {
    try (LogitsFile found = store.find(question, tokens, 2, COLUMNS)) {
      return found == null ? null : found.row(0);
    }
  }

  @Test
  void whatWasKeptIsFoundAgainToTheLastBit() throws IOException {
    store("model").keep("logits", TOKENS, answer(7));
    double[] row = firstRow(store("model"), "logits", TOKENS);
    assertNotNull(row);
    assertArrayEquals(new double[] {7, Double.NaN, -0.0, 1e-310, Double.NEGATIVE_INFINITY}, row, 0);
  }

  @Test
  void anotherModelQuestionOrSequenceFindsNothing() throws IOException {
    store("model").keep("logits", TOKENS, answer(7));
    assertNull(firstRow(store("other"), "logits", TOKENS));
    assertNull(firstRow(store("model"), "greedy", TOKENS));
    assertNull(firstRow(store("model"), "logits", 3, 1));
    assertNull(firstRow(store("model"), "logits", 31, 4));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 8, FILE_BYTES - 1})
  void aChangedByteMakesItNoAnswer(int position) throws IOException {
    store("model").keep("logits", TOKENS, answer(7));
    Path file = files().getFirst();
    byte[] bytes = Files.readAllBytes(file);
    bytes[position] ^= 1;
    Files.write(file, bytes);
    assertNull(firstRow(store("model"), "logits", TOKENS));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 8, FILE_BYTES - 8, FILE_BYTES - 1})
  void aFileThatIsCutShortIsNoAnswer(int bytes) throws IOException {
    store("model").keep("logits", TOKENS, answer(7));
    Path file = files().getFirst();
    Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), bytes));
    assertNull(firstRow(store("model"), "logits", TOKENS));
  }

  @Test
  void thoseUsedLongestAgoMakeRoom() throws IOException {
    AnswerStore store = store("model");
    int room = (int) (CAPACITY_BYTES / FILE_BYTES);
    for (int i = 0; i < room; i++) {
      store.keep("logits", new int[] {i}, answer(i));
      setAge(i);
    }
    double[] used = firstRow(store, "logits", 0);
    assertNotNull(used);
    for (int i = 0; i < 3; i++) {
      store.keep("logits", new int[] {100 + i}, answer(100 + i));
    }
    assertNotNull(firstRow(store, "logits", 0));
    assertNull(firstRow(store, "logits", 1));
    assertNotNull(firstRow(store, "logits", 102));
    long kept = 0;
    for (Path file : files()) {
      kept += Files.size(file);
    }
    assertEquals(true, kept <= CAPACITY_BYTES, () -> "more is kept than may be");
  }

  /// The newest file was used `number` minutes after the first, all of them long ago.
  private void setAge(int number) throws IOException {
    Path newest =
        files().stream()
            .max(java.util.Comparator.comparing(AnswerStoreTest::changed))
            .orElseThrow();
    Files.setLastModifiedTime(newest, FileTime.fromMillis(60_000L * (number + 1)));
  }

  private static FileTime changed(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void anAnswerThatLeavesNoRoomForOthersIsNotKept() throws IOException {
    AnswerStore small = new AnswerStore(directory.resolve("answers"), () -> "model", FILE_BYTES);
    small.keep("logits", TOKENS, answer(7));
    assertNull(firstRow(small, "logits", TOKENS));
  }

  @Test
  void whereNothingCanBeWrittenNothingIsKept() throws IOException {
    Files.writeString(directory.resolve("answers"), "a file is in the way");
    store("model").keep("logits", TOKENS, answer(7));
    assertNull(firstRow(store("model"), "logits", TOKENS));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("answers"))) {
      return files.toList();
    }
  }
}
