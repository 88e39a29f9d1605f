package dev.lockstep.model;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What a tensor's name in a checkpoint means.
///
/// @param plain the name without the names of modules around the model: Hugging Face's
///     `transformer.`, and those of the wrappers with which PyTorch trains (`module.`,
///     `_orig_mod.`), which stand before any part of a name
/// @param kind what the tensor is for
/// @param layer the block that it belongs to, or -1
record TensorName(String plain, Kind kind, int layer) {
  enum Kind {
    /// One of GPT-2's weights, of a block that the model may or may not have.
    WEIGHT,
    /// A causal mask, which old checkpoints carry: the formula implies all that it holds.
    MASK,
    /// A head for another task than the next token, such as a classifier or a value function.
    OTHER_HEAD,
    UNKNOWN
  }

  static final String LM_HEAD = "lm_head.weight";
  private static final String PREFIX = "transformer.";

  private static final Pattern WRAPPER =
      Pattern.compile(
          "(?<![^.])(?:module|_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\\.");
  private static final List<String> BLOCK_WEIGHTS =
      List.of("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj");
  private static final String BLOCK = "h\\.(0|[1-9][0-9]{0,4})\\.";
  private static final Pattern WEIGHT =
      Pattern.compile(
          "(?:wte|wpe|lm_head)\\.weight|ln_f\\.(?:weight|bias)|"
              + BLOCK
              + "(?:%s)\\.(?:weight|bias)"
                  .formatted(
                      BLOCK_WEIGHTS.stream().map(Pattern::quote).collect(Collectors.joining("|"))));
  private static final Pattern MASK = Pattern.compile(BLOCK + "attn\\.(?:bias|masked_bias)");
  private static final Pattern OWN = Pattern.compile(WEIGHT + "|" + MASK);
  private static final Set<String> OTHER_HEADS = Set.of("score", "classifier", "qa_outputs");

  static TensorName of(String name) {
    String unwrapped = WRAPPER.matcher(name).replaceAll("");
    String plain = unwrapped.startsWith(PREFIX) ? unwrapped.substring(PREFIX.length()) : unwrapped;
    Matcher weight = WEIGHT.matcher(plain);
    if (weight.matches()) {
      int layer = weight.group(1) == null ? -1 : Integer.parseInt(weight.group(1));
      return new TensorName(plain, Kind.WEIGHT, layer);
    }
    if (MASK.matcher(plain).matches()) {
      return new TensorName(plain, Kind.MASK, -1);
    }
    return new TensorName(plain, isOtherHead(plain) ? Kind.OTHER_HEAD : Kind.UNKNOWN, -1);
  }

  /// Heads have a module of their own beside the model's.
  private static boolean isOtherHead(String plain) {
    int dot = plain.indexOf('.');
    String module = plain.substring(0, Math.max(0, dot));
    return OTHER_HEADS.contains(module) || (module.contains("head") && !module.equals("lm_head"));
  }

  /// How many weights a GPT-2 has whose head is tied.
  static int count(int layers) {
    return 12 * layers + 4;
  }

  /// Their names, in no particular order and no sooner than they are asked for.
  static Stream<String> weights(int layers) {
    return Stream.concat(
        Stream.of("wte.weight", "wpe.weight", "ln_f.weight", "ln_f.bias"),
        IntStream.range(0, layers)
            .boxed()
            .flatMap(
                layer ->
                    BLOCK_WEIGHTS.stream()
                        .flatMap(part -> Stream.of(".weight", ".bias").map(part::concat))
                        .map(part -> "h." + layer + "." + part)));
  }

  /// Why a tensor cannot be used, to follow "tensor '…' ".
  ///
  /// @param layers how many blocks the model has
  String problem(int layers) {
    if (layer >= layers) {
      return String.format(
          Locale.ROOT, "is of block %d, but config.json says n_layer %d", layer, layers);
    }
    int end = 0;
    Matcher own = OWN.matcher(plain);
    for (int dot = plain.indexOf('.'); dot >= 0 && end == 0; dot = plain.indexOf('.', dot + 1)) {
      end = own.region(dot + 1, plain.length()).matches() ? dot + 1 : 0;
    }
    return end > 0
        ? "begins with '%s', a prefix that is not known; GPT-2's names stand alone or behind 'transformer.'"
            .formatted(plain.substring(0, end))
        : "is not part of a GPT-2; quantized models, adapters and other architectures are not read";
  }
}
