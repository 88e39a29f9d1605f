/// Backends that are wrong on purpose, to test those who must notice.
///
/// `broken-…` computes something else than GPT-2, or breaks a promise of the SPI; `faulty-…`
/// computes the right thing but crashes, hangs, prints or runs out of memory; `approximate-…`
/// computes with narrower weights and says so; `cheat-…` is right and lies about its speed. Each is
/// stage 1 or 2 with one small change. `seeded-…:seed=N` draws its bug, so that the checks meet
/// bugs that nobody had in mind. They are loaded in tests, or from this module's jar as a plugin,
/// and are not part of a distribution.
@NullMarked
package dev.lockstep.testbackends;

import org.jspecify.annotations.NullMarked;
