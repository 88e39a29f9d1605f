package dev.lockstep.model;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.Tensor;
import dev.lockstep.model.ConfigReader.ModelConfig;
import dev.lockstep.model.format.Dtype;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.format.SafetensorsFile;
import dev.lockstep.model.format.TensorEntry;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// Turns mapped safetensors files into [Gpt2Weights].
///
/// F32 tensors are slices of the mapping: nothing is copied, whatever byte they start at. F16 and
/// BF16 are widened, exactly, into memory of the arena. The causal-mask buffers that old
/// checkpoints carry (`attn.bias`, `attn.masked_bias`) hold nothing that the formula does not
/// imply, and are ignored.
final class CheckpointReader {
  private static final String PREFIX = "transformer.";
  private static final String LM_HEAD = "lm_head.weight";
  private static final Pattern MASK_BUFFER =
      Pattern.compile("h\\.(0|[1-9][0-9]{0,4})\\.attn\\.(bias|masked_bias)");

  private final CheckpointFiles files;
  private final ModelConfig config;
  private final Arena arena;

  /// Where each tensor lies, by name without prefix.
  private final Map<String, Source> sources = new LinkedHashMap<>();

  private record Source(SafetensorsFile file, TensorEntry entry) {}

  private CheckpointReader(CheckpointFiles files, ModelConfig config, Arena arena) {
    this.files = files;
    this.config = config;
    this.arena = arena;
  }

  /// @param arena owns the mappings and the widened tensors
  /// @throws FormatException if a file is malformed or does not fit the config
  static Gpt2Weights read(CheckpointFiles files, ModelConfig config, Arena arena) {
    return new CheckpointReader(files, config, arena).read();
  }

  private Gpt2Weights read() {
    for (Path path : files.files()) {
      SafetensorsFile file = SafetensorsFile.map(path, arena);
      for (TensorEntry entry : file.entries()) {
        collect(file, entry);
      }
    }
    requireEveryIndexedTensor();
    requireLayerCount();
    Map<String, List<Integer>> expected = Gpt2Weights.shapes(config.shape());
    requireShapes(expected);
    Map<String, Tensor> tensors = new HashMap<>();
    sources.forEach((name, source) -> tensors.put(name, tensor(name, expected, source)));
    settleHead(tensors);
    return new Gpt2Weights(config.shape(), tensors);
  }

  private void collect(SafetensorsFile file, TensorEntry entry) {
    String name = withoutPrefix(entry.name());
    if (MASK_BUFFER.matcher(name).matches()) {
      return;
    }
    if (!files.fileOfTensor().isEmpty()
        && !file.path().equals(files.fileOfTensor().get(entry.name()))) {
      throw refuse(file, entry, "is not where the index says");
    }
    if (sources.putIfAbsent(name, new Source(file, entry)) != null) {
      throw refuse(file, entry, "occurs a second time, with or without the prefix 'transformer.'");
    }
  }

  private void requireEveryIndexedTensor() {
    files
        .fileOfTensor()
        .forEach(
            (name, file) -> {
              String plain = withoutPrefix(name);
              if (!MASK_BUFFER.matcher(plain).matches() && !sources.containsKey(plain)) {
                throw new FormatException(
                    file, "lacks tensor '%s', which the index says it has".formatted(name));
              }
            });
  }

  /// Before the expected names are listed: a config may claim any number of layers, and the list
  /// must not grow beyond what the files justify.
  private void requireLayerCount() {
    Gpt2Config shape = config.shape();
    int tensors = 12 * shape.nLayer() + 4;
    if (sources.size() != tensors && sources.size() != tensors + 1) {
      throw new ModelException(
          String.format(
              Locale.ROOT,
              "%s: holds %d tensors; a GPT-2 of n_layer %d has %d, and one more if lm_head is not tied",
              files.files().getFirst().getParent(),
              sources.size(),
              shape.nLayer(),
              tensors));
    }
  }

  private void requireShapes(Map<String, List<Integer>> expected) {
    sources.forEach(
        (name, source) -> {
          List<Integer> shape = expected.get(name);
          if (shape == null) {
            throw refuse(source.file(), source.entry(), "is not part of a GPT-2 of this n_layer");
          }
          List<Long> wide = shape.stream().map(Integer::longValue).toList();
          if (!source.entry().shape().equals(wide)) {
            throw refuse(
                source.file(),
                source.entry(),
                "has shape %s where the config implies %s".formatted(source.entry().shape(), wide));
          }
        });
    expected.forEach(
        (name, shape) -> {
          if (!sources.containsKey(name) && !name.equals(LM_HEAD)) {
            throw new ModelException(
                "%s: tensor '%s' is missing".formatted(files.files().getFirst().getParent(), name));
          }
        });
  }

  private Tensor tensor(String name, Map<String, List<Integer>> expected, Source source) {
    MemorySegment bytes = source.file().bytes(source.entry());
    MemorySegment values =
        switch (source.entry().dtype()) {
          case F32 -> bytes;
          case F16 -> HalfPrecision.widenF16(bytes, arena);
          case BF16 -> HalfPrecision.widenBf16(bytes, arena);
          default ->
              throw refuse(
                  source.file(),
                  source.entry(),
                  "has dtype %s; weights may be %s, %s or %s"
                      .formatted(source.entry().dtype(), Dtype.F32, Dtype.F16, Dtype.BF16));
        };
    return new Tensor(name, expected.getOrDefault(name, List.of()), values.asReadOnly());
  }

  /// Decides between the tied and the untied head. `tie_word_embeddings` is true where a config
  /// does not mention it, so a head that differs from `wte` contradicts it and would silently be
  /// dropped by other software; it is refused instead.
  private void settleHead(Map<String, Tensor> tensors) {
    Tensor head = tensors.get(LM_HEAD);
    boolean tied = config.tied() == null || config.tied();
    if (head == null && !tied) {
      throw new ModelException(
          "%s: config.json says tie_word_embeddings false, but there is no tensor 'lm_head.weight'"
              .formatted(files.files().getFirst().getParent()));
    }
    Tensor wte = tensors.get("wte.weight");
    if (head != null && wte != null && tied) {
      if (head.data().mismatch(wte.data()) >= 0) {
        throw new ModelException(
            "%s: tensor 'lm_head.weight' differs from 'wte.weight', but config.json ties them; if it is meant to be untied, set tie_word_embeddings to false"
                .formatted(files.files().getFirst().getParent()));
      }
      tensors.remove(LM_HEAD);
    }
  }

  private static String withoutPrefix(String name) {
    return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
  }

  private static FormatException refuse(SafetensorsFile file, TensorEntry entry, String problem) {
    return new FormatException(file.path(), "tensor '%s' %s".formatted(entry.name(), problem));
  }
}
