package dev.lockstep.model;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.Tensor;
import dev.lockstep.model.ConfigReader.ModelConfig;
import dev.lockstep.model.format.Dtype;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.format.OneLine;
import dev.lockstep.model.format.SafetensorsFile;
import dev.lockstep.model.format.TensorEntry;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Turns mapped safetensors files into [Gpt2Weights].
///
/// F32 tensors are slices of the mapping: nothing is copied, whatever byte they start at. F16 and
/// BF16 are widened, exactly, and F64 is rounded, into memory of the arena. [TensorName] says which
/// tensors are needed; heads for other tasks are passed over with a note.
final class CheckpointReader {
  private static final Set<Dtype> WEIGHT_DTYPES =
      Collections.unmodifiableSet(EnumSet.of(Dtype.F32, Dtype.F16, Dtype.BF16, Dtype.F64));
  private static final int NAMED_IN_NOTES = 4;
  private static final int MAX_NAME_IN_NOTES = 100;

  private final CheckpointFiles files;
  private final ModelConfig config;
  private final Arena arena;

  /// Where each weight lies, by its plain name.
  private final Map<String, Source> sources = new LinkedHashMap<>();

  private final List<String> otherHeads = new ArrayList<>();
  private final List<String> narrowed = new ArrayList<>();

  private record Source(SafetensorsFile file, TensorEntry entry) {}

  /// @param notes what the user should know of how the files were read, a line each
  record Checkpoint(Gpt2Weights weights, List<String> notes) {}

  private CheckpointReader(CheckpointFiles files, ModelConfig config, Arena arena) {
    this.files = files;
    this.config = config;
    this.arena = arena;
  }

  /// @param arena owns the mappings and the converted tensors
  /// @throws FormatException if a file is malformed or does not fit the config
  static Checkpoint read(CheckpointFiles files, ModelConfig config, Arena arena) {
    return new CheckpointReader(files, config, arena).read();
  }

  private Checkpoint read() {
    for (Path path : files.files()) {
      SafetensorsFile file = SafetensorsFile.map(path, arena);
      for (TensorEntry entry : file.entries()) {
        collect(file, entry);
      }
    }
    requireEveryIndexedTensor();
    requireEveryWeight();
    Map<String, List<Integer>> expected = Gpt2Weights.shapes(config.shape());
    Map<String, Tensor> tensors = new HashMap<>();
    sources.forEach(
        (name, source) -> {
          List<Integer> shape = expected.getOrDefault(name, List.of());
          requireDtype(source);
          requireShape(source, shape);
          tensors.put(name, new Tensor(name, shape, values(source).asReadOnly()));
        });
    settleHead(tensors);
    return new Checkpoint(new Gpt2Weights(config.shape(), tensors), notes());
  }

  private void collect(SafetensorsFile file, TensorEntry entry) {
    TensorName name = TensorName.of(entry.name());
    int layers = config.shape().nLayer();
    switch (name.kind()) {
      case MASK -> {
        return;
      }
      case OTHER_HEAD -> {
        otherHeads.add(entry.name());
        return;
      }
      case UNKNOWN -> throw refuse(file, entry, name.problem(layers));
      case WEIGHT -> {}
    }
    if (name.layer() >= layers) {
      throw refuse(file, entry, name.problem(layers));
    }
    if (!files.fileOfTensor().isEmpty()
        && !file.path().equals(files.fileOfTensor().get(entry.name()))) {
      throw refuse(file, entry, "is not where the index says");
    }
    if (sources.putIfAbsent(name.plain(), new Source(file, entry)) != null) {
      throw refuse(file, entry, "occurs a second time under another prefix");
    }
  }

  private void requireEveryIndexedTensor() {
    files
        .fileOfTensor()
        .forEach(
            (name, file) -> {
              TensorName tensor = TensorName.of(name);
              boolean passedOver =
                  tensor.kind() == TensorName.Kind.MASK
                      || tensor.kind() == TensorName.Kind.OTHER_HEAD;
              if (!passedOver && !sources.containsKey(tensor.plain())) {
                throw new FormatException(
                    file, "lacks tensor '%s', which the index says it has".formatted(name));
              }
            });
  }

  /// Before the expected shapes are listed: a config may claim any number of layers, and the list
  /// must not grow beyond what the files justify. The search ends at the first weight that is
  /// missing.
  private void requireEveryWeight() {
    int layers = config.shape().nLayer();
    int present = sources.size() - (sources.containsKey(TensorName.LM_HEAD) ? 1 : 0);
    int missing = TensorName.count(layers) - present;
    if (missing == 0) {
      return;
    }
    String first =
        TensorName.weights(layers)
            .filter(name -> !sources.containsKey(name))
            .findFirst()
            .orElseThrow();
    int held =
        1
            + sources.keySet().stream()
                .mapToInt(name -> TensorName.of(name).layer())
                .max()
                .orElse(-1);
    String problem = "";
    if (held > 0 && sources.keySet().stream().noneMatch(name -> name.endsWith(".bias"))) {
      problem =
          "; there is no bias at all, as in models trained with bias=False, and GPT-2 has biases";
    } else if (held < layers) {
      problem =
          String.format(
              Locale.ROOT, "; config.json says n_layer %d, the tensors are of %d", layers, held);
    }
    throw new ModelException(
        "%s: tensor '%s' is missing%s%s"
            .formatted(
                files.files().getFirst().getParent(),
                first,
                missing == 1 ? "" : String.format(Locale.ROOT, " and %d more", missing - 1),
                problem));
  }

  private static void requireDtype(Source source) {
    Dtype dtype = source.entry().dtype();
    if (!WEIGHT_DTYPES.contains(dtype)) {
      throw refuse(
          source.file(),
          source.entry(),
          "has dtype %s; weights may be %s, and quantized ones are not read"
              .formatted(dtype, WEIGHT_DTYPES));
    }
  }

  private static void requireShape(Source source, List<Integer> expected) {
    List<Long> shape = source.entry().shape();
    List<Long> wide = expected.stream().map(Integer::longValue).toList();
    if (shape.equals(wide)) {
      return;
    }
    if (shape.equals(wide.reversed())) {
      throw refuse(
          source.file(),
          source.entry(),
          "has shape %s, which is %s transposed; Hugging Face's GPT-2 keeps its matrices as [in, out], where torch.nn.Linear, and so nanoGPT, has [out, in]: transpose c_attn, c_proj and c_fc"
              .formatted(shape, wide));
    }
    throw refuse(
        source.file(),
        source.entry(),
        "has shape %s where the config implies %s".formatted(shape, wide));
  }

  private MemorySegment values(Source source) {
    MemorySegment bytes = source.file().bytes(source.entry());
    return switch (source.entry().dtype()) {
      case F32 -> bytes;
      case F16 -> HalfPrecision.widenF16(bytes, arena);
      case BF16 -> HalfPrecision.widenBf16(bytes, arena);
      case F64 -> narrow(source, bytes);
      default -> throw new AssertionError("refused by requireDtype");
    };
  }

  private MemorySegment narrow(Source source, MemorySegment doubles) {
    narrowed.add(source.entry().name());
    try {
      return DoublePrecision.narrow(doubles, arena);
    } catch (ArithmeticException e) {
      throw refuse(source.file(), source.entry(), String.valueOf(e.getMessage()));
    }
  }

  private List<String> notes() {
    List<String> notes = new ArrayList<>(files.notes());
    if (!otherHeads.isEmpty()) {
      notes.add("ignored tensors of a head for another task: " + names(otherHeads));
    }
    if (!narrowed.isEmpty()) {
      notes.add("rounded tensors from F64 to fp32: " + names(narrowed));
    }
    return notes;
  }

  private static String names(List<String> tensors) {
    String named =
        tensors.stream()
            .limit(NAMED_IN_NOTES)
            .map(name -> OneLine.of(name, MAX_NAME_IN_NOTES))
            .collect(Collectors.joining(", "));
    int more = tensors.size() - NAMED_IN_NOTES;
    return more <= 0 ? named : String.format(Locale.ROOT, "%s and %d more", named, more);
  }

  /// Decides between the tied and the untied head. `tie_word_embeddings` is true where a config
  /// does not mention it, so a head that differs from `wte` contradicts it and would silently be
  /// dropped by other software; it is refused instead.
  private void settleHead(Map<String, Tensor> tensors) {
    Tensor head = tensors.get(TensorName.LM_HEAD);
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
      tensors.remove(TensorName.LM_HEAD);
    }
  }

  private static FormatException refuse(SafetensorsFile file, TensorEntry entry, String problem) {
    return new FormatException(file.path(), "tensor '%s' %s".formatted(entry.name(), problem));
  }
}
