package dev.lockstep.harness.verification;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Logits;
import dev.lockstep.harness.worker.Worker;
import dev.lockstep.harness.worker.WorkerFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Has a backend choose the token after sharp prompts in every way that it can: by the greatest of
/// `forward`'s logits, by `forwardGreedy` on the whole prompt and on its last token alone, and by
/// `generateGreedy`. All must choose the same.
public final class SharpPass {
  private final Gpt2Config config;

  public SharpPass(Gpt2Config config) {
    this.config = config;
  }

  /// What was chosen after one prompt.
  ///
  /// @param token the first that was wrong; the right one if none was
  /// @param problem what is wrong, in one line; null if nothing is
  public record Choice(SharpPrompt prompt, int token, @Nullable String problem) {}

  /// @return a choice for each prompt
  /// @throws WorkerFailure if the backend fails
  public List<Choice> choose(Worker worker, List<SharpPrompt> prompts, Duration timeout)
      throws WorkerFailure {
    return choose(Playback.ScriptRunner.of(worker, timeout), prompts);
  }

  List<Choice> choose(Playback.ScriptRunner runner, List<SharpPrompt> prompts)
      throws WorkerFailure {
    Script.Builder script = new Script.Builder();
    for (SharpPrompt prompt : prompts) {
      int[] ids = prompt.ids();
      script.rewind(0, 0);
      script.forward(0, ids);
      script.rewind(0, 0);
      script.forwardGreedy(0, ids);
      script.rewind(0, 0);
      script.generate(0, ids, 1);
      script.rewind(0, 0);
      if (ids.length > 1) {
        script.forwardGreedy(0, Arrays.copyOf(ids, ids.length - 1));
      }
      script.rewind(0, ids.length - 1);
      script.forwardGreedy(0, ids[ids.length - 1]);
    }
    List<Choice> choices = new ArrayList<>();
    try (Playback play = Playback.of(runner, script.build(), config.vocabSize())) {
      int[] generated = play.played().generated();
      int asked = prompts.stream().mapToInt(SharpPass::tokens).sum();
      int next = 0;
      for (int i = 0; i < prompts.size(); i++) {
        SharpPrompt prompt = prompts.get(i);
        if (generated.length == asked) {
          int[] own = Arrays.copyOfRange(generated, next, next + tokens(prompt));
          choices.add(choice(prompt, Logits.argmax(play.logits(i)), own));
          next += own.length;
        } else {
          choices.add(
              new Choice(
                  prompt,
                  -1,
                  String.format(
                      Locale.ROOT,
                      "%d tokens came where %d were asked for",
                      generated.length,
                      asked)));
        }
      }
    }
    return choices;
  }

  /// How many tokens the calls on a prompt give.
  private static int tokens(SharpPrompt prompt) {
    return prompt.ids().length > 1 ? 4 : 3;
  }

  /// @param tokens of `forwardGreedy`, `generateGreedy`, and the two calls of the split prompt
  private static Choice choice(SharpPrompt prompt, int best, int[] tokens) {
    int[] chosen = {best, tokens[0], tokens[1], tokens[tokens.length - 1]};
    String[] by = {
      "the greatest logit of forward is of",
      "forwardGreedy chose",
      "generateGreedy chose",
      "forwardGreedy on the last token alone chose"
    };
    for (int i = 0; i < chosen.length; i++) {
      if (chosen[i] != prompt.token()) {
        return new Choice(
            prompt,
            chosen[i],
            String.format(
                Locale.ROOT,
                "%s token %d where %d is the best, by a margin of %.3g, %.1f times what rounding can explain",
                by[i],
                chosen[i],
                prompt.token(),
                prompt.margin(),
                prompt.margin() / prompt.bound()));
      }
    }
    return new Choice(prompt, prompt.token(), null);
  }
}
