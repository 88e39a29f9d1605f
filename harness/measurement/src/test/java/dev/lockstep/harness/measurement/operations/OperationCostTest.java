package dev.lockstep.harness.measurement.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/// What the operations cost together is what a forward pass costs.
class OperationCostTest {
  private static final Gpt2Config CONFIG = new Gpt2Config(12, 12, 768, 1024, 50257, 1e-5);

  private static OperationCost sum(int before, int tokens, Predicate<String> which) {
    return Activations.all(CONFIG).stream()
        .filter(which)
        .map(name -> OperationCost.of(CONFIG, name, before, tokens))
        .reduce(new OperationCost(0, 0), OperationCost::plus);
  }

  @Test
  void decodingReadsEveryWeightOnceAndTheCache() {
    int before = 100;
    assertEquals(
        CONFIG.decodeWeightBytes() + (double) before * CONFIG.kvBytesPerPosition(),
        sum(before, 1, name -> true).bytes());
  }

  @Test
  void theMatricesComputeTwoFlopsForEachWeightAndToken() {
    double c = CONFIG.nEmbd();
    int tokens = 128;
    assertEquals(
        24 * CONFIG.nLayer() * c * c * tokens,
        sum(0, tokens, name -> name.contains(".c_") && !name.endsWith(".in")).flops());
    assertEquals(
        2 * c * CONFIG.vocabSize(), OperationCost.of(CONFIG, "lm_head", 0, tokens).flops());
  }

  @Test
  void attentionLooksAtEveryPositionUpToItsOwn() {
    double c = CONFIG.nEmbd();
    assertEquals(
        4 * c * (101 + 102 + 103), OperationCost.of(CONFIG, "h.0.attn.c_proj.in", 100, 3).flops());
    assertEquals(8 * c * 100, OperationCost.of(CONFIG, "h.0.attn.c_proj.in", 100, 3).bytes());
  }

  @Test
  void theBlocksStandTogether() {
    assertEquals("h.*.mlp.c_fc", OperationCost.inAllBlocks("h.11.mlp.c_fc"));
    assertEquals("h.*", OperationCost.inAllBlocks("h.3"));
    assertEquals("h.*.attn.c_proj.in", OperationCost.inAllBlocks("h.3.attn.c_proj.in"));
    assertEquals("lm_head", OperationCost.inAllBlocks("lm_head"));
  }
}
