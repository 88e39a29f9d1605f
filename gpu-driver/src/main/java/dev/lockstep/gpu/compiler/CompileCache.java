package dev.lockstep.gpu.compiler;

import dev.lockstep.api.CacheDirectory;
import dev.lockstep.api.file.LocalFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Compiled code on disk. The name of an entry is the SHA-256 of everything that it depends on:
/// source, flags, compiler, device. So nothing is ever out of date; an entry is right or it is not
/// there.
///
/// An entry is the SHA-256 of the code and then the code. One that does not fit its own sum (a full
/// disk, a crash, a curious editor) is compiled again and replaced. Entries are written under a
/// temporary name and renamed, so that several processes may share the directory. A directory that
/// cannot be written costs time, nothing else.
public final class CompileCache {
  private static final int SUM_BYTES = 32;

  /// What the cache gives.
  ///
  /// @param cached whether it was there
  public record Entry(byte[] code, boolean cached) {}

  private final Path directory;

  /// @param directory need not exist
  public CompileCache(Path directory) {
    this.directory = directory;
  }

  /// The one in Lockstep's cache directory.
  public static CompileCache ofUser() {
    return new CompileCache(CacheDirectory.path().resolve("kernels"));
  }

  /// The code for a key; `compile` is asked only if it is not here.
  ///
  /// @param key everything that the code depends on; its parts are kept apart
  public Entry get(List<String> key, Supplier<byte[]> compile) {
    Path entry = directory.resolve(name(key));
    byte[] known = read(entry);
    if (known != null) {
      return new Entry(known, true);
    }
    byte[] code = compile.get();
    write(entry, code);
    return new Entry(code, false);
  }

  /// The code of a source for a target.
  ///
  /// @param device the device's name and driver, for which the code is meant
  public Entry get(
      RuntimeCompiler compiler, String source, String name, CompileTarget target, String device) {
    return get(
        key(compiler, source, name, target, device),
        () -> compiler.compile(source, name, target).bytes());
  }

  static List<String> key(
      RuntimeCompiler compiler, String source, String name, CompileTarget target, String device) {
    List<String> key = new ArrayList<>(List.of(source, name, compiler.identity(), device));
    key.add(target.form().name());
    key.addAll(target.options());
    return key;
  }

  static String name(List<String> key) {
    MessageDigest digest = newDigest();
    for (String part : key) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      // The length in front keeps ["ab", "c"] and ["a", "bc"] apart.
      digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
      digest.update(bytes);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static byte @Nullable [] read(Path entry) {
    try {
      byte[] bytes = Files.readAllBytes(entry);
      if (bytes.length < SUM_BYTES) {
        return null;
      }
      byte[] code = Arrays.copyOfRange(bytes, SUM_BYTES, bytes.length);
      return Arrays.equals(sum(code), 0, SUM_BYTES, bytes, 0, SUM_BYTES) ? code : null;
    } catch (IOException e) {
      return null;
    }
  }

  private void write(Path entry, byte[] code) {
    try {
      LocalFiles.createDirectories(directory);
      byte[] bytes = Arrays.copyOf(sum(code), SUM_BYTES + code.length);
      System.arraycopy(code, 0, bytes, SUM_BYTES, code.length);
      LocalFiles.replace(entry, bytes);
    } catch (IOException e) {
      // The code is compiled again the next time.
    }
  }

  private static byte[] sum(byte[] bytes) {
    return newDigest().digest(bytes);
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
