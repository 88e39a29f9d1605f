package dev.lockstep.testbackends;

import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.OptionValues;
import dev.lockstep.api.Tensor;
import dev.lockstep.backend.kvcache.KvCacheModel;
import dev.lockstep.backend.naive.f32.Layers;
import dev.lockstep.backend.naive.f32.Linear;
import dev.lockstep.backend.naive.f32.LmHead;

/// Stage 2 on narrower weights, which says so: no bug, but not fp32 GPT-2 either.
public abstract class ApproximateBackend extends TestBackend {
  private ApproximateBackend(String id, String description) {
    super(id, description);
  }

  @Override
  public final boolean approximate(OptionValues options) {
    return true;
  }

  /// The weights of a matrix as this backend keeps them.
  protected abstract Tensor narrowed(Tensor weight);

  @Override
  public InferenceModel load(Gpt2Weights weights, OptionValues options) {
    return new KvCacheModel(
        new Layers(weights) {
          @Override
          public Linear linear(String name) {
            return new Linear(
                narrowed(weights.tensor(name + ".weight")), weights.tensor(name + ".bias"));
          }

          @Override
          public LmHead lmHead() {
            return new LmHead(narrowed(weights.lmHead()));
          }
        });
  }

  /// Matrices in bfloat16.
  public static final class Bfloat16 extends ApproximateBackend {
    public Bfloat16() {
      super("approximate-bf16", "matrices rounded to bfloat16");
    }

    @Override
    protected Tensor narrowed(Tensor weight) {
      return Tensors.roundedToBfloat16(weight);
    }
  }

  /// Matrices in 4 bits, each row of a tensor with a scale of its own: wrong often enough to see.
  public static final class FourBits extends ApproximateBackend {
    public FourBits() {
      super("approximate-int4", "matrices in 4 bits");
    }

    @Override
    protected Tensor narrowed(Tensor weight) {
      return Tensors.quantised(weight, 7);
    }
  }
}
