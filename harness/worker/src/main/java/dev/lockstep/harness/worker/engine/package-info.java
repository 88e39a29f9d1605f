/// Engines that are no backends of the JVM: programs and servers, described by a file
/// ([EngineFile]). Each stands among the backends as an [EngineBackend], which knows what the
/// description says and computes nothing: a worker does. That is the program itself, or one that
/// asks the server ([HttpEngine]). docs/engines.md is the page for users.
@NullMarked
package dev.lockstep.harness.worker.engine;

import org.jspecify.annotations.NullMarked;
