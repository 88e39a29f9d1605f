/// JMH benchmarks of whole forward passes, through the SPI, for any backend.
///
/// [MicroPlan] says what is benchmarked, [MicroJob] starts JMH with a fork for each combination,
/// `ForwardPass` is the benchmark, and [MicroResult] is what a combination comes to. JMH's own
/// output is kept out of the way by `JmhOutput`, unless it is asked for.
///
/// A benchmark's fork is a JVM with the flags that the backend asks for, like a worker, but JMH
/// starts it and there is no protocol: `BenchmarkedSession` loads the backend in it. Nothing is
/// verified here. That is what `verify` and `run` are for.
///
/// [OperationsJob] does without JMH: it has a worker time each operation of a pass by when its
/// result is shown ([dev.lockstep.harness.measurement.operations.OperationTimes]).
///
/// JMH's documentation of modes and profilers applies: `--profile gc` shows what a pass allocates.
@NullMarked
package dev.lockstep.harness.micro;

import org.jspecify.annotations.NullMarked;
