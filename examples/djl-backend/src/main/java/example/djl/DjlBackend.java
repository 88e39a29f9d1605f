package example.djl;

import dev.lockstep.api.Backend;
import dev.lockstep.api.BackendOption;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Spi;
import java.util.List;

/// GPT-2 by PyTorch's own kernels, called one by one from Java through DJL: what somebody would
/// write who has an engine and no need of a faster one.
public final class DjlBackend implements Backend {
  private static final String THREADS = "threads";

  @Override
  public int spiVersion() {
    return Spi.VERSION;
  }

  @Override
  public String id() {
    return "djl-pytorch";
  }

  @Override
  public String description() {
    return "PyTorch's kernels on the CPU, by DJL, with a KV cache";
  }

  @Override
  public List<BackendOption> options() {
    int processors = Runtime.getRuntime().availableProcessors();
    return List.of(
        new BackendOption.IntegerOption(
            THREADS, processors, 1, 1024, "how many threads PyTorch computes with"));
  }

  /// PyTorch takes its number of threads once, when it is loaded. Offline, since the native library
  /// is in the plugin: nothing is to be fetched while something is measured.
  @Override
  public List<String> jvmArgs(OptionValues options) {
    return List.of(
        "-Dai.djl.pytorch.num_threads=" + options.integer(THREADS),
        "-Dai.djl.pytorch.num_interop_threads=1",
        "-Dai.djl.offline=true");
  }

  /// On the heap there is what is loaded, and logits.
  @Override
  public long heapBytes(Gpt2Config config, OptionValues options) {
    return 64L << 20;
  }

  /// The weights are copied to PyTorch's memory, which has some for itself.
  @Override
  public long privateBytes(Gpt2Config config, OptionValues options) {
    return (384L << 20)
        + config.parameterCount() * Float.BYTES
        + config.kvBytesPerPosition() * config.nPositions();
  }

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    return new DjlModel(weights, options.integer(THREADS));
  }
}
