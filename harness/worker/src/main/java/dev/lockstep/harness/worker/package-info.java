/// Worker processes: every backend runs in a JVM of its own, so that a crash, a hang, a leak or a
/// JVM flag of one backend touches no other.
///
/// **Input.** A [dev.lockstep.harness.worker.catalog.BackendVariant], which is a backend with the
/// options that it is to run with, and a model's argument. Each worker opens the model for itself;
/// the files are mapped, so the workers share their pages.
///
/// **Output.** Answers to requests: what is available, what was loaded, tokens with the times at
/// which they were known, logits, activations, what the machine can do. Whatever else a worker
/// does, such as dying, hanging or answering what cannot be right, is a [WorkerFailure] with its
/// kind.
///
/// **The two sides.**
/// - The parent's: [WorkerFactory] knows how workers are started, `WorkerCommand` the command line,
///   [Worker] the process, its socket, its timeout and its end. [AvailabilityCheck] and
///   [ContractJob] are jobs that need nothing but workers.
/// - The worker's: `WorkerMain` listens, `RequestHandler` answers, `TokenClock` reads the clock,
///   `Player` plays a script of calls to sessions and writes down what it saw.
/// - A worker maps its classes from a `ClassArchive`, where the launcher had [ClassArchives] make
///   one: that saves a third of a second at each start, and more than one for simd and the oracle.
/// - Both share [Request] and [Reply], one JSON object a line, and files for what is large.
///   docs/worker-protocol.md describes them for other languages.
///
/// **Beside it.**
/// - `catalog`: the backends there are, from the class path and from plugins, and the syntax of
///   `-b`.
/// - `error`: exit codes, and the one exception whose message is meant for the user.
/// - `machine`: memory, control groups, and the JVM options of the environment.
/// - `probe`: the read bandwidth and the multiply-add rate of the processor.
///
/// **The rules.** Nothing here knows what is measured or what is right. A timed request does
/// nothing in the worker but generate: no parsing, no allocation of its own, no output between the
/// first and the last reading of the clock. Only this module and the command line may write to
/// standard output or error.
///
/// **How to add a request.** Add a record to [Request] and one to [Reply], answer it in
/// `RequestHandler`, and describe both in docs/worker-protocol.md.
@NullMarked
package dev.lockstep.harness.worker;

import org.jspecify.annotations.NullMarked;
