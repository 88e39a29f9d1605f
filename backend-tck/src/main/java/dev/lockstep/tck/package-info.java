/// The contract that every backend obeys, as JUnit tests for plugin authors to inherit.
///
/// Extend [BackendContract], name your backend, and run the tests. The laws are grouped by topic,
/// one interface each.
@NullMarked
package dev.lockstep.tck;

import org.jspecify.annotations.NullMarked;
