/// Engines that are no backends of the JVM: programs, described by a file ([EngineFile]). Each
/// stands among the backends as an [EngineBackend], which knows what the description says and
/// computes nothing: a worker does, which is the program itself. docs/engines.md is the page for
/// users.
@NullMarked
package dev.lockstep.harness.worker.engine;

import org.jspecify.annotations.NullMarked;
