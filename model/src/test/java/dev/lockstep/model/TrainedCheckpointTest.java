package dev.lockstep.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.model.TestCheckpoint.Part;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Checkpoints as training software leaves them: wrapped modules, more heads than one, other
/// precisions. Each holds the same weights as the canonical one, bit for bit, or is refused.
class TrainedCheckpointTest {
  private static final Map<String, float[]> VALUES = TestCheckpoint.values(TestCheckpoint.SHAPE, 1);

  @TempDir Path root;

  /// @return the notes
  private List<String> assertOpensAsTheSameModel(Path directory) {
    try (LoadedModel model = Models.open(directory.toString())) {
      assertEquals(TestCheckpoint.SHAPE, model.config());
      assertTrue(TestCheckpoint.holds(model, VALUES));
      assertTrue(model.weights().isTied());
      return model.notes();
    }
  }

  private Path renamed(UnaryOperator<String> name) throws IOException {
    return TestCheckpoint.directory(
        root, parts -> parts.stream().map(part -> part.named(name.apply(part.name()))).toList());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "module.",
        "_orig_mod.",
        "transformer.",
        "module.transformer.",
        "_orig_mod.transformer.",
        "transformer._orig_mod.",
        "module._orig_mod.",
        "_orig_mod.module.transformer.",
        "_fsdp_wrapped_module.transformer._fsdp_wrapped_module."
      })
  void theNamesOfWrappersDoNotCount(String prefix) throws IOException {
    assertEquals(List.of(), assertOpensAsTheSameModel(renamed(name -> prefix + name)));
  }

  @Test
  void wrappersAroundEachBlockDoNotCount() throws IOException {
    assertOpensAsTheSameModel(
        renamed(name -> name.replaceFirst("^(h\\.\\d+)\\.", "transformer.$1._orig_mod.")));
  }

  @Test
  void theHeadStandsBesideTheModelWithinTheSameWrapper() throws IOException {
    assertOpensAsTheSameModel(
        TestCheckpoint.directory(
            root,
            parts -> {
              List<Part> wrapped = new ArrayList<>();
              parts.forEach(part -> wrapped.add(part.named("module.transformer." + part.name())));
              wrapped.add(parts.getFirst().named("module.lm_head.weight"));
              return wrapped;
            }));
  }

  @Test
  void masksBehindWrappersAreIgnored() throws IOException {
    assertOpensAsTheSameModel(
        TestCheckpoint.directory(
            root,
            parts -> {
              parts.add(
                  new Part(
                      "module.transformer.h.0.attn.bias", "U8", List.of(1, 1, 5, 5), new byte[25]));
              return parts;
            }));
  }

  @ParameterizedTest
  @CsvSource({
    "model.transformer., 'model.transformer.'",
    "gpt2., 'gpt2.'",
    "base_model.model., 'base_model.model.'"
  })
  void anUnknownPrefixIsRefusedByName(String prefix, String named) throws IOException {
    TestCheckpoint.assertRefused(
        renamed(name -> prefix + name), "model.safetensors", named, "'transformer.'");
  }

  @Test
  void oneTensorUnderTwoPrefixesIsRefused() throws IOException {
    Path directory =
        TestCheckpoint.directory(
            root,
            parts -> {
              parts.add(parts.getFirst().named("_orig_mod.wte.weight"));
              return parts;
            });
    TestCheckpoint.assertRefused(directory, "model.safetensors", "second time");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "score.weight",
        "classifier.bias",
        "qa_outputs.weight",
        "v_head.summary.weight",
        "v_head.0.bias",
        "value_head.weight",
        "mc_head.weight",
        "multiple_choice_head.summary.weight",
        "ilql_heads.q_heads.0.weight",
        "transformer.score.weight",
        "module.v_head.summary.bias"
      })
  void aHeadForAnotherTaskIsIgnoredWithANote(String name) throws IOException {
    // Any dtype: it is not looked at.
    Path directory =
        TestCheckpoint.directory(
            root,
            parts -> {
              parts.add(1, new Part(name, "I8", List.of(2, 3), new byte[6]));
              return parts;
            });
    List<String> notes = assertOpensAsTheSameModel(directory);
    assertEquals(1, notes.size());
    assertTrue(notes.getFirst().contains(name), notes.getFirst());
  }

  @Test
  void manyHeadsAreOneNote() throws IOException {
    Path directory =
        TestCheckpoint.directory(
            root,
            parts -> {
              for (int i = 0; i < 9; i++) {
                parts.add(new Part("q_head." + i + ".bias", "F32", List.of(1), new byte[4]));
              }
              return parts;
            });
    List<String> notes = assertOpensAsTheSameModel(directory);
    assertEquals(1, notes.size());
    assertTrue(notes.getFirst().endsWith("q_head.3.bias and 5 more"), notes.getFirst());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lm_head.bias",
        "h.0.attn.rotary",
        "h.0.crossattention.c_attn.weight",
        "h.1.attn.c_attn.lora_A.weight",
        "h.0.attn.c_attn.SCB",
        "wte.bias",
        "wpe.head.weight",
        "emb_ln.weight",
        "score"
      })
  void whatMayChangeTheTokensIsRefusedByName(String name) throws IOException {
    Path directory =
        TestCheckpoint.directory(
            root,
            parts -> {
              parts.add(new Part(name, "F32", List.of(1), new byte[4]));
              return parts;
            });
    TestCheckpoint.assertRefused(
        directory, "model.safetensors", "'" + name + "' is not part of a GPT-2");
  }

  @Test
  void float64IsRoundedWithANote() throws IOException {
    List<String> notes =
        assertOpensAsTheSameModel(
            TestCheckpoint.directory(
                root, parts -> TestCheckpoint.parts(TestCheckpoint.SHAPE, VALUES, "F64")));
    assertEquals(1, notes.size());
    assertTrue(notes.getFirst().contains("F64"), notes.getFirst());
    assertTrue(notes.getFirst().contains("wte.weight"), notes.getFirst());
  }

  @Test
  void float64IsRoundedToNearestEvenAndNeverToInfinity() {
    double half = Math.ulp(1f) / 2.0;
    double[] values = {
      1 + half,
      1 + 3 * half,
      1 + half + Math.ulp(1.0),
      -0.0,
      1e-46,
      Float.MAX_VALUE,
      Double.NaN,
      Double.NEGATIVE_INFINITY
    };
    float[] expected = {
      1,
      1 + 2 * Math.ulp(1f),
      1 + Math.ulp(1f),
      -0f,
      0,
      Float.MAX_VALUE,
      Float.NaN,
      Float.NEGATIVE_INFINITY
    };
    try (Arena arena = Arena.ofConfined()) {
      // One byte off, as a mapped file may be.
      MemorySegment doubles = arena.allocate(values.length * 8L + 1).asSlice(1);
      MemorySegment.copy(values, 0, doubles, ValueLayout.JAVA_DOUBLE_UNALIGNED, 0, values.length);
      assertArrayEquals(
          expected, DoublePrecision.narrow(doubles, arena).toArray(ValueLayout.JAVA_FLOAT));
    }
  }

  @Test
  void float64BeyondTheRangeOfFp32IsRefused() throws IOException {
    Path directory =
        TestCheckpoint.directory(
            root,
            parts -> {
              byte[] huge = new byte[48];
              MemorySegment.ofArray(huge)
                  .set(
                      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN),
                      16,
                      -1e39);
              parts.set(parts.size() - 1, new Part("ln_f.bias", "F64", List.of(6), huge));
              return parts;
            });
    TestCheckpoint.assertRefused(
        directory, "model.safetensors", "'ln_f.bias'", "element 2 is -1.0E39", "fp32");
  }

  @Test
  void eachTensorMayHaveADtypeOfItsOwn() throws IOException {
    List<String> dtypes = List.of("F16", "F32", "BF16");
    Path directory =
        TestCheckpoint.directory(
            root,
            parts -> {
              List<Part> mixed = new ArrayList<>();
              for (int i = 0; i < dtypes.size(); i++) {
                List<Part> all = TestCheckpoint.parts(TestCheckpoint.SHAPE, VALUES, dtypes.get(i));
                for (int p = i; p < all.size(); p += dtypes.size()) {
                  mixed.add(all.get(p));
                }
              }
              return mixed;
            });
    assertEquals(List.of(), assertOpensAsTheSameModel(directory));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "_orig_mod.", "module.transformer."})
  void matricesInTheOrderOfTorchLinearAreRefusedAsTransposed(String prefix) throws IOException {
    Path directory =
        TestCheckpoint.directory(
            root,
            parts ->
                parts.stream()
                    .map(
                        part ->
                            new Part(
                                prefix + part.name(),
                                part.dtype(),
                                part.name().startsWith("h.")
                                    ? part.shape().reversed()
                                    : part.shape(),
                                part.bytes()))
                    .toList());
    TestCheckpoint.assertRefused(directory, "model.safetensors", "transposed", "nanoGPT");
  }
}
