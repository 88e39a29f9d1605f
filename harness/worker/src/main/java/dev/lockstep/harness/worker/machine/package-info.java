/// What the machine grants this process: memory, processors, and the options that its environment
/// gives to every JVM.
@NullMarked
package dev.lockstep.harness.worker.machine;

import org.jspecify.annotations.NullMarked;
