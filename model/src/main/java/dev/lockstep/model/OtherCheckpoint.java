package dev.lockstep.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Says what there is where no checkpoint is under the names that are read: another format, or
/// safetensors under another name.
final class OtherCheckpoint {
  private static final String TO_SAFETENSORS =
      "convert it to safetensors, for example with save_pretrained of Hugging Face's transformers";
  private static final String PICKLE =
      "PyTorch's format: a pickle, which can run code and is never read; " + TO_SAFETENSORS;

  /// @param names matches a whole file name in lower case
  /// @param advice what such a file is, and what to do
  private record Kind(Pattern names, String advice) {
    Kind(String names, String advice) {
      this(Pattern.compile(names), advice);
    }
  }

  /// The first kind of which there is a file counts.
  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              "adapter_model\\.(safetensors|bin)",
              "an adapter, not a model; merge it into the model that it was trained for"),
          new Kind(
              "model-\\d+-of-0*1\\.safetensors",
              "the only shard; rename it to " + CheckpointFiles.SINGLE),
          new Kind(
              ".*-\\d+-of-\\d+\\.safetensors",
              "a shard; %s, which says where each tensor is, is missing"
                  .formatted(CheckpointFiles.INDEX)),
          new Kind(
              "model\\..+\\.safetensors",
              "a variant of the model; rename it to " + CheckpointFiles.SINGLE),
          new Kind(
              ".*\\.safetensors",
              "safetensors under another name; if it is the whole model, rename it to "
                  + CheckpointFiles.SINGLE),
          new Kind(
              ".*\\.gguf|ggml-.*\\.bin",
              "llama.cpp's format, which is not read; the model is needed as safetensors"),
          new Kind(
              "model\\.ckpt.*|.*\\.(data-\\d+-of-\\d+|meta)|hparams\\.json",
              "a file of OpenAI's TensorFlow release, which is not read; the Hugging Face hub has the same models as gpt2, gpt2-medium, gpt2-large and gpt2-xl"),
          new Kind("pytorch_model.*\\.bin(\\.index\\.json)?", PICKLE),
          new Kind(
              "(?!training_args|optimizer|scheduler|rng_state).*\\.(bin|pt|pth|ckpt|pkl|pickle)",
              PICKLE),
          new Kind(
              ".*\\.(h5|keras|msgpack|ot|onnx|tflite|npz|mlmodel)",
              "a format that is not read; " + TO_SAFETENSORS));

  private OtherCheckpoint() {}

  /// A clause to follow "there is", if these files hold something like a checkpoint.
  ///
  /// @param names plain file names
  private static Optional<String> among(Collection<String> names) {
    for (Kind kind : KINDS) {
      Optional<String> name =
          names.stream()
              .filter(n -> kind.names().matcher(n.toLowerCase(Locale.ROOT)).matches())
              .sorted()
              .findFirst();
      if (name.isPresent()) {
        return name.map(found -> "%s, %s".formatted(found, kind.advice()));
      }
    }
    return Optional.empty();
  }

  /// As [#among], with a directory further down as the last resort.
  static Optional<String> in(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      List<Path> all = entries.sorted().toList();
      return among(all.stream().map(path -> path.getFileName().toString()).toList())
          .or(() -> below(all));
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> below(List<Path> entries) {
    return entries.stream()
        .filter(path -> Files.exists(path.resolve(CheckpointFiles.SINGLE)) || isSharded(path))
        .findFirst()
        .map(path -> "a model in %s; name that directory".formatted(path));
  }

  private static boolean isSharded(Path directory) {
    return Files.exists(directory.resolve(CheckpointFiles.INDEX));
  }
}
