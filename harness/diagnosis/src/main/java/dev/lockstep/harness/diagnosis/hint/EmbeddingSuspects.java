package dev.lockstep.harness.diagnosis.hint;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.harness.diagnosis.operation.EmbeddingOperation;
import dev.lockstep.harness.diagnosis.operation.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The usual mistakes in the embedding: the wrong row of either table, too much or too little of
/// it.
final class EmbeddingSuspects {
  private final EmbeddingOperation right;
  private final Trace trace;
  private final Gpt2Config config;
  private final List<Alternative> suspects = new ArrayList<>();

  EmbeddingSuspects(EmbeddingOperation right, Trace trace, Gpt2Config config) {
    this.right = right;
    this.trace = trace;
    this.config = config;
  }

  List<Alternative> all() {
    EmbeddingOperation.Form form = right.form();
    int last = trace.tokens().length - 1;
    add("no position embedding is added", form.factors(1, 0));
    add("position off by one: wpe[t + 1] is added", form.position(p -> p + 1));
    add("position off by one: wpe[t - 1] is added", form.position(p -> p - 1));
    add("every position takes wpe[0]", form.position(p -> 0));
    add(
        "positions are counted within the call, from 0",
        form.position(p -> p - trace.firstOfCall(p)));
    add("positions run backwards", form.position(p -> last - p));
    add("the position embedding is added twice", form.factors(1, 2));
    add("the token embedding is added twice", form.factors(2, 1));
    add("no token embedding is added", form.factors(0, 1));
    add("the token embedding is multiplied by sqrt(C)", form.factors(Math.sqrt(config.nEmbd()), 1));
    add("token ids are one too high: wte[id + 1]", form.token(id -> id + 1));
    add("token ids are one too low: wte[id - 1]", form.token(id -> id - 1));
    for (int bits : new int[] {7, 8, 15, 16}) {
      add(
          String.format(Locale.ROOT, "token ids are cut to their last %d bits", bits),
          form.token(id -> id & (1 << bits) - 1));
    }
    for (Precision precision : Precision.ALL) {
      add("the embeddings are rounded to " + precision.name(), form.as(precision.rounding()));
    }
    return suspects;
  }

  private void add(String hint, EmbeddingOperation.Form form) {
    suspects.add(new Alternative(hint, new EmbeddingOperation(right.wte(), right.wpe(), form)));
  }
}
