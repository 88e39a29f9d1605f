package dev.lockstep.harness.cli;

import picocli.CommandLine.Option;

/// How the commands that encode prompts take special tokens in them.
final class SpecialTokensOption {
  @Option(
      names = "--parse-special",
      description =
          "Special tokens in prompts, such as <|endoftext|>, are their tokens; without it they are text.")
  private boolean parseSpecial;

  boolean parseSpecial() {
    return parseSpecial;
  }
}
