package dev.lockstep.gpu.testing;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.gpu.decoder.GpuModel;
import dev.lockstep.gpu.decoder.GpuOptions;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.kernel.KernelOptions;
import dev.lockstep.tck.RandomModel;
import dev.lockstep.tck.Subject;
import java.util.Arrays;
import java.util.Map;

/// A short use of a random model in which every kernel takes part.
public final class Conversation {
  private Conversation() {}

  /// Loads, asks in every way there is, and closes, the device too.
  ///
  /// @param shape with at least 9 positions
  public static void hold(GpuDevice device, Gpt2Config shape, KernelOptions options) {
    int[] tokens = Subject.tokens(shape, shape.nPositions(), 3);
    try (GpuModel model =
            GpuModel.load(
                RandomModel.untied(shape, 5), device, new GpuOptions(options, true), Map.of());
        InferenceSession session = model.newSession()) {
      session.forward(Arrays.copyOf(tokens, shape.nPositions() - 2));
      session.forward(tokens[0]);
      session.forwardGreedy(tokens[1]);
      // To the last position: what follows the last new token must not be written anywhere.
      session.rewind(shape.nPositions() - 3);
      session.generateGreedy(new int[] {tokens[2]}, 3, token -> {});
      session.rewind(0);
      session.forwardAll(Arrays.copyOf(tokens, 5), (position, logits) -> {});
    }
  }
}
