package dev.lockstep.gpu.kernel;

import dev.lockstep.api.Gpt2Config;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// How kernels know the model's sizes: as literals, which lets the compiler unroll and fold, or as
/// four last arguments.
///
/// @param specialise literals
public record Sizes(Gpt2Config config, boolean specialise) {
  private static final String PARAMETERS =
      ", int n_embd, int n_head, int n_positions, int vocab_size";

  /// The values of the parameters, in order; none if the kernels are specialised.
  public List<Integer> arguments() {
    return specialise
        ? List.of()
        : List.of(config.nEmbd(), config.nHead(), config.nPositions(), config.vocabSize());
  }

  String parameters() {
    return specialise ? "" : PARAMETERS;
  }

  /// Declares a constant of a kernel.
  ///
  /// @param value what it is for this model
  /// @param expression what it is in terms of the parameters
  String constant(String name, long value, String expression) {
    return specialise
        ? String.format(Locale.ROOT, "enum { %s = %d };\n", name, value)
        : "const int %s = %s;\n".formatted(name, expression);
  }

  /// Several declarations as one, where they are literals.
  String together(String declarations) {
    return specialise
        ? declarations
            .lines()
            .map(line -> line.replaceAll("enum \\{ (.*) };", "$1"))
            .collect(Collectors.joining(", ", "enum { ", " };\n"))
        : declarations;
  }

  String embedding() {
    return constant("C", config.nEmbd(), "n_embd");
  }

  String heads() {
    return constant("NH", config.nHead(), "n_head");
  }

  String headSize() {
    return constant("HS", config.headSize(), "n_embd / n_head");
  }

  String positions() {
    return constant("POSITIONS", config.nPositions(), "n_positions");
  }

  String keyBlocks() {
    return constant(
        "BLOCKS", SummationOrder.keyBlocks(config.nPositions()), "(n_positions + 127) / 128");
  }

  String keyPanels() {
    return constant(
        "KEY_PANELS",
        Math.ceilDiv(config.nPositions(), SummationOrder.KEY_CHUNK),
        "(n_positions + 31) / 32");
  }

  /// A hint to unroll, where the number of turns is known.
  String unroll(int times) {
    return specialise && times > 1 ? "UNROLL(" + times + ")" : "";
  }

  /// A number as the literal that means exactly it.
  static String literal(float value) {
    return String.format(Locale.ROOT, "%.9ef", value);
  }
}
