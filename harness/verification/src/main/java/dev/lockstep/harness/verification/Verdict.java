package dev.lockstep.harness.verification;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The outcome of one comparison with the reference.
///
/// @param match the class
/// @param difference where and how the tokens differ, or null if they do not
public record Verdict(MatchClass match, @Nullable Difference difference) {

  public static final Verdict IDENTICAL = new Verdict(MatchClass.IDENTICAL, null);

  /// The first difference.
  ///
  /// @param index which new token, from 0
  /// @param expectedId the reference's token
  /// @param actualId the tested backend's token, or null if it gave fewer
  /// @param referenceMargin by how much the reference preferred its token to its second best
  /// @param nearTieBound below which margin the reference counts as undecided, or null if it was
  ///     not computed
  public record Difference(
      int index,
      int expectedId,
      @Nullable Integer actualId,
      double referenceMargin,
      @Nullable Double nearTieBound) {

    /// One line for people.
    public String describe() {
      return String.format(
          Locale.ROOT,
          "token %d: expected %d, got %s, the reference's margin is %.3g%s",
          index,
          expectedId,
          actualId == null ? "nothing" : actualId.toString(),
          referenceMargin,
          nearTieBound == null
              ? ""
              : String.format(Locale.ROOT, " (near-tie bound %.3g)", nearTieBound));
    }
  }
}
