/// GPT-2 in single precision, one class per operation.
///
/// Activations are arrays of rows, `float[T][C]`: row `t` belongs to one position. Every operation
/// takes rows and returns new rows, so the code reads as the formulas do. Every sum is one chain
/// of additions in ascending index order, multiplication and addition rounded apart, so that a
/// row's bits depend neither on how many rows are computed together nor on the machine.
@NullMarked
package dev.lockstep.backend.naive.f32;

import org.jspecify.annotations.NullMarked;
