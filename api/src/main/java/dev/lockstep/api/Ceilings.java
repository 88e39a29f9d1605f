package dev.lockstep.api;

/// The two physical limits of a device that bound inference.
///
/// @param readBytesPerSecond sustained sequential read bandwidth
/// @param fmaFlopsPerSecond fp32 fused multiply-add rate, counted as two operations each
public record Ceilings(double readBytesPerSecond, double fmaFlopsPerSecond) {}
