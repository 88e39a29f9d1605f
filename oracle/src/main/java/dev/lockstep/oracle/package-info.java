/// The naive backend's numbers, cheaply: what every other backend is judged by.
///
/// The naive backend is the definition of what is right, and far too slow to be asked about a
/// prompt of 512 tokens of a real model: minutes for the smallest GPT-2, an hour for the largest.
/// This module computes the same numbers with vectors and threads. It may do so because nothing in
/// the definition needs one lane or one thread: every output is a chain of its own, so lanes and
/// threads are outputs, and each chain keeps its order.
///
/// In single precision the bits are the naive backend's, which its own rounding error is measured
/// by; in double precision they are too. `OracleTest` holds both to the naive backend on every
/// golden and random model, at every vector width.
@NullMarked
package dev.lockstep.oracle;

import org.jspecify.annotations.NullMarked;
