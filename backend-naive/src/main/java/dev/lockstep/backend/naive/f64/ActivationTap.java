package dev.lockstep.backend.naive.f64;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Activations;
import org.jspecify.annotations.Nullable;

/// Shows activations to an observer, if there is one.
///
/// @param observer who is shown them, or null
/// @param rowZero the position that row 0 of the activations belongs to
/// @param firstShown rows of earlier positions are kept back: they were shown when their tokens
///     were appended
public record ActivationTap(@Nullable ActivationObserver observer, int rowZero, int firstShown) {

  /// An activation inside a block.
  public void show(int layer, String suffix, double[][] rows) {
    if (observer != null) {
      show(Activations.block(layer, suffix), rows);
    }
  }

  /// An activation of all rows.
  public void show(String name, double[][] rows) {
    for (int t = firstShown - rowZero; observer != null && t < rows.length; t++) {
      observer.observe(name, rowZero + t, rows[t].clone(), 0, rows[t].length);
    }
  }

  /// An activation of one position.
  public void show(String name, int position, double[] row) {
    if (observer != null) {
      observer.observe(name, position, row.clone(), 0, row.length);
    }
  }
}
