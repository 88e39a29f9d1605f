package dev.lockstep.model;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.model.CheckpointReader.Checkpoint;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A model whose checkpoint is memory-mapped. Closing it unmaps the files: the weights must not be
/// read afterwards. May be used by several threads.
///
/// The files must not be cut short while the model is open; reading a page that is no longer there
/// is an [InternalError].
public final class LoadedModel implements AutoCloseable {

  /// What [Models] found out before it mapped anything.
  ///
  /// @param argument as the user gave it
  /// @param name for people and reports
  /// @param sha256 computes the checkpoint's hash, or recalls it
  /// @param tokenizer makes the tokenizer, or null if the model has none
  record Origin(
      String argument,
      String name,
      Path directory,
      long checkpointBytes,
      Supplier<String> sha256,
      @Nullable Supplier<Tokenizer> tokenizer) {}

  private final Origin origin;
  private final Checkpoint checkpoint;
  private final Arena arena;
  private @Nullable Tokenizer tokenizer;
  private @Nullable String sha256;
  private boolean closed;

  LoadedModel(Origin origin, Checkpoint checkpoint, Arena arena) {
    this.origin = origin;
    this.checkpoint = checkpoint;
    this.arena = arena;
  }

  /// The model argument that opened it.
  public String argument() {
    return origin.argument();
  }

  /// A name for people and reports.
  public String name() {
    return origin.name();
  }

  /// Where its files lie.
  public Path directory() {
    return origin.directory();
  }

  public Gpt2Config config() {
    return weights().config();
  }

  /// Valid until [#close].
  public Gpt2Weights weights() {
    return checkpoint.weights();
  }

  /// What the user should know of how the checkpoint was read, a line each: tensors that were
  /// passed over, values that were rounded.
  public List<String> notes() {
    return checkpoint.notes();
  }

  public boolean hasTokenizer() {
    return origin.tokenizer() != null;
  }

  /// For a model without a tokenizer: what its directory holds instead.
  public String whyNoTokenizer() {
    return "model '%s' has no tokenizer: %s"
        .formatted(origin.argument(), OtherTokenizer.describe(origin.directory()));
  }

  /// The model's tokenizer, read at the first call.
  ///
  /// @throws ModelException if the model has none or its files are not right
  public synchronized Tokenizer tokenizer() {
    if (tokenizer == null) {
      if (origin.tokenizer() == null) {
        throw new ModelException(whyNoTokenizer() + "; give the prompt as token ids");
      }
      try {
        tokenizer = origin.tokenizer().get();
      } catch (FormatException e) {
        throw new ModelException(String.valueOf(e.getMessage()), e);
      }
    }
    return tokenizer;
  }

  /// SHA-256 of the checkpoint's safetensors files, concatenated in name order; lowercase hex. The
  /// first call may read the whole checkpoint.
  public synchronized String sha256() {
    if (sha256 == null) {
      try {
        sha256 = origin.sha256().get();
      } catch (FormatException e) {
        throw new ModelException(String.valueOf(e.getMessage()), e);
      }
    }
    return sha256;
  }

  /// The length of the checkpoint's files.
  public long checkpointBytes() {
    return origin.checkpointBytes();
  }

  /// Unmaps the checkpoint. Closing twice does nothing.
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      arena.close();
    }
  }
}
