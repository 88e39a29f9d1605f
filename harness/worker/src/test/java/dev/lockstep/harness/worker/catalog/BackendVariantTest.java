package dev.lockstep.harness.worker.catalog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lockstep.api.Backend;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import dev.lockstep.harness.worker.error.UserError;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class BackendVariantTest {
  private static final Gpt2Config CONFIG = new Gpt2Config(1, 1, 2, 4, 8, 1e-5);

  /// A plugin that answers nothing.
  private record Failing(String id) implements Backend {
    @Override
    public int spiVersion() {
      return Spi.VERSION;
    }

    @Override
    public String description() {
      return "for tests";
    }

    @Override
    public long privateBytes(Gpt2Config config, OptionValues options) {
      throw new NoClassDefFoundError("planted/Missing");
    }

    @Override
    public List<String> jvmArgs(OptionValues options) {
      throw new IllegalStateException("planted");
    }

    @Override
    public boolean approximate(OptionValues options) {
      throw new IllegalStateException("planted");
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      throw new UnsupportedOperationException();
    }
  }

  /// A plugin that counts bytes wrongly.
  private record Negative(String id) implements Backend {
    @Override
    public int spiVersion() {
      return Spi.VERSION;
    }

    @Override
    public String description() {
      return "for tests";
    }

    @Override
    public long privateBytes(Gpt2Config config, OptionValues options) {
      return -5;
    }

    @Override
    public InferenceModel load(Gpt2Weights weights, OptionValues options) {
      throw new UnsupportedOperationException();
    }
  }

  private static String message(Executable question) {
    return String.valueOf(assertThrows(UserError.class, question).getMessage());
  }

  @Test
  void aPluginThatFailsWhereItIsAskedIsNamed() {
    BackendVariant failing = new BackendVariant(new Failing("bad"), Map.of());
    String start = "the backend bad fails where it is asked for its ";
    assertEquals(
        start + "private bytes: java.lang.NoClassDefFoundError: planted/Missing",
        message(() -> failing.privateBytes(CONFIG)));
    assertEquals(
        start + "heap bytes: java.lang.NoClassDefFoundError: planted/Missing",
        message(() -> failing.heapBytes(CONFIG)));
    assertEquals(
        start + "JVM flags: java.lang.IllegalStateException: planted", message(failing::jvmArgs));
    assertEquals(
        start + "approximate flag: java.lang.IllegalStateException: planted",
        message(failing::isApproximate));
  }

  @Test
  void aNegativeNumberOfBytesIsRefused() {
    BackendVariant negative = new BackendVariant(new Negative("bad"), Map.of());
    assertEquals(
        "the backend bad says that it needs -5 bytes of its own",
        message(() -> negative.privateBytes(CONFIG)));
    assertEquals(
        "the backend bad says that it needs -5 bytes of heap",
        message(() -> negative.heapBytes(CONFIG)));
  }
}
