package dev.lockstep.testbackends;

import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Draws what a bug is about, for a model of some shape.
final class Draw {
  private final Gpt2Config config;
  private final SplittableRandom random;

  Draw(Gpt2Config config, long seed) {
    this.config = config;
    // Seeds that follow each other must not draw alike.
    this.random = new SplittableRandom(new SplittableRandom(seed).nextLong());
  }

  /// From `low` to `high`, both included.
  int between(int low, int high) {
    return random.nextInt(low, Math.max(low, high) + 1);
  }

  <T> T of(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  int layer() {
    return random.nextInt(config.nLayer());
  }

  int id() {
    return random.nextInt(config.vocabSize());
  }

  int vocabSize() {
    return config.vocabSize();
  }

  int heads() {
    return config.nHead();
  }

  int headSize() {
    return config.headSize();
  }

  /// A position that is not the first, where there is another.
  int position() {
    return between(Math.min(1, config.nPositions() - 1), config.nPositions() - 1);
  }

  /// A share of the context, between a sixteenth and a half of it.
  int stretch() {
    return between(Math.max(2, config.nPositions() / 16), Math.max(2, config.nPositions() / 2));
  }

  /// One of the operations whose output has a row for each token.
  String operation() {
    List<String> operations = new ArrayList<>();
    operations.add(Activations.EMBEDDING);
    int layer = layer();
    for (String suffix :
        List.of("ln_1", "attn.c_attn", "attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.act")) {
      operations.add(Activations.block(layer, suffix));
    }
    operations.add(Activations.block(layer, "mlp.c_proj"));
    operations.add(Activations.LN_F);
    return of(operations);
  }

  int channel(int channels) {
    return random.nextInt(channels);
  }

  long seed() {
    return random.nextLong();
  }
}
