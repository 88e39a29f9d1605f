package dev.lockstep.gpu.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PackedLibraryTest {
  private static final String USUAL = System.getProperty("java.io.tmpdir");

  private final List<Path> seen = new ArrayList<>();

  /// What a binding does: looks whether the library lies there, and puts it there if not.
  private void unpack() {
    Path directory = Path.of(System.getProperty("java.io.tmpdir"));
    seen.add(directory);
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(0, files.count(), "something lies there already");
      Files.writeString(directory.resolve("libBinding.so"), "code");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyLinkHasADirectoryOfItsOwnThatIsGoneAfterwards() {
    PackedLibrary.link(this::unpack);
    PackedLibrary.link(this::unpack);
    assertNotEquals(seen.get(0), seen.get(1));
    seen.forEach(directory -> assertFalse(Files.exists(directory), directory.toString()));
    assertEquals(USUAL, System.getProperty("java.io.tmpdir"));
  }

  @Test
  void whatTheBindingThrowsComesThroughAndNothingIsLeft() {
    assertThrows(
        UnsatisfiedLinkError.class,
        () ->
            PackedLibrary.link(
                () -> {
                  unpack();
                  throw new UnsatisfiedLinkError("file too short");
                }));
    assertFalse(Files.exists(seen.getFirst()));
    assertEquals(USUAL, System.getProperty("java.io.tmpdir"));
  }
}
