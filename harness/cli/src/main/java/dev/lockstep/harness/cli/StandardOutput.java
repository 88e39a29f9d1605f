package dev.lockstep.harness.cli;

import dev.lockstep.api.file.FileProblem;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Standard output, watched: `System.out` keeps it to itself when nothing can be written, and a
/// command whose output is lost would end with 0.
final class StandardOutput extends OutputStream {
  private final OutputStream out;
  private @Nullable IOException failure;

  private StandardOutput(OutputStream out) {
    this.out = out;
  }

  /// Takes the place of `System.out`.
  static StandardOutput install() {
    StandardOutput output =
        new StandardOutput(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
    Charset charset = Charset.forName(System.getProperty("stdout.encoding"));
    System.setOut(new PrintStream(output, true, charset));
    return output;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      throw remember(e);
    }
  }

  @Override
  public synchronized void flush() throws IOException {
    try {
      out.flush();
    } catch (IOException e) {
      throw remember(e);
    }
  }

  private IOException remember(IOException e) {
    failure = failure == null ? e : failure;
    return e;
  }

  /// Why output was lost, or null if it was not. A reader that went away, as `head` does, has had
  /// what it wanted.
  synchronized @Nullable String problem() {
    System.out.flush();
    return failure == null || isPipe() ? null : FileProblem.describe(failure);
  }

  /// The only error that a pipe knows is that nobody reads it. The system's words for that depend
  /// on the locale.
  private static boolean isPipe() {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return target.startsWith("pipe:") || target.startsWith("socket:");
    } catch (IOException e) {
      return false;
    }
  }
}
