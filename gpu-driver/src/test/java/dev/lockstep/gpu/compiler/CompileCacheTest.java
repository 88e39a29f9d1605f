package dev.lockstep.gpu.compiler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompileCacheTest {
  @TempDir Path directory;

  private final AtomicInteger compilations = new AtomicInteger();

  private byte[] get(CompileCache cache, String... key) {
    int before = compilations.get();
    CompileCache.Entry entry =
        cache.get(
            List.of(key),
            () -> {
              compilations.incrementAndGet();
              return String.join("+", key).getBytes(StandardCharsets.UTF_8);
            });
    assertEquals(entry.cached(), compilations.get() == before);
    return entry.code();
  }

  private Path entry() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("kernels"))) {
      return files.findFirst().orElseThrow();
    }
  }

  private CompileCache cache() {
    return new CompileCache(directory.resolve("kernels"));
  }

  @Test
  void compilesOnceAcrossProcesses() {
    byte[] first = get(cache(), "source", "sm_90");
    assertArrayEquals(first, get(cache(), "source", "sm_90"));
    assertEquals(1, compilations.get());
  }

  @Test
  void everyPartOfTheKeyCountsAndSoDoTheirBounds() {
    get(cache(), "ab", "c");
    get(cache(), "a", "bc");
    get(cache(), "abc");
    get(cache(), "ab", "d");
    get(cache(), "ab", "c", "");
    assertEquals(5, compilations.get());
  }

  @ParameterizedTest
  @ValueSource(strings = {"empty", "cut", "flipped", "longer"})
  void aDamagedEntryIsCompiledAgainAndMended(String damage) throws IOException {
    byte[] good = get(cache(), "source");
    byte[] bytes = Files.readAllBytes(entry());
    byte[] damaged =
        switch (damage) {
          case "empty" -> new byte[0];
          case "cut" -> java.util.Arrays.copyOf(bytes, bytes.length - 1);
          case "longer" -> java.util.Arrays.copyOf(bytes, bytes.length + 1);
          default -> {
            byte[] flipped = bytes.clone();
            flipped[flipped.length - 1] ^= 1;
            yield flipped;
          }
        };
    Files.write(entry(), damaged);
    assertArrayEquals(good, get(cache(), "source"));
    assertArrayEquals(good, get(cache(), "source"));
    assertEquals(2, compilations.get());
    assertArrayEquals(bytes, Files.readAllBytes(entry()));
  }

  @Test
  void nothingUnfinishedIsLeftBehind() throws IOException {
    get(cache(), "source");
    try (Stream<Path> files = Files.list(directory.resolve("kernels"))) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void aDirectoryThatCannotBeWrittenCostsTimeOnly() throws IOException {
    Files.writeString(directory.resolve("kernels"), "a file where the directory should be");
    assertEquals("source", new String(get(cache(), "source"), StandardCharsets.UTF_8));
    assertEquals("source", new String(get(cache(), "source"), StandardCharsets.UTF_8));
    assertEquals(2, compilations.get());
  }

  @Test
  void aFailureIsNotRemembered() {
    CompileCache cache = cache();
    assertThrows(
        CompilationException.class,
        () ->
            cache.get(
                List.of("source"),
                () -> {
                  throw new CompilationException("no", "log");
                }));
    get(cache, "source");
    assertEquals(1, compilations.get());
  }

  @Test
  void compilerDeviceFormAndFlagsAreInTheKey() {
    RuntimeCompiler compiler = Compilers.require(CompilerFamily.NVRTC);
    String source = "extern \"C\" __global__ void nothing() {}";
    CompileTarget cubin = CompileTarget.cubin(80);
    assertEquals(
        5,
        Stream.of(
                CompileCache.key(compiler, source, "n.cu", cubin, "card 1"),
                CompileCache.key(compiler, source, "n.cu", cubin, "card 2"),
                CompileCache.key(compiler, source + " ", "n.cu", cubin, "card 1"),
                CompileCache.key(compiler, source, "n.cu", CompileTarget.ptx(80), "card 1"),
                CompileCache.key(compiler, source, "n.cu", cubin.with("-G"), "card 1"))
            .distinct()
            .count());
    byte[] compiled = cache().get(compiler, source, "n.cu", cubin, "card 1").code();
    assertArrayEquals(compiled, cache().get(compiler, source, "n.cu", cubin, "card 1").code());
  }
}
