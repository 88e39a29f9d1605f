package dev.lockstep.harness.measurement.statistics;

import org.jspecify.annotations.Nullable;

/// How the answers of an approximate backend agree with the reference's, over all prompts; null
/// where nothing was compared.
///
/// @param prompts share of prompts after which all generated tokens are equal
/// @param tokens share of generated tokens that are equal
/// @param sameBest share of positions with the same best token
/// @param meanDivergence Kullback-Leibler divergence, nats per position
public record Agreement(
    @Nullable Double prompts,
    @Nullable Double tokens,
    @Nullable Double sameBest,
    @Nullable Double meanDivergence) {}
