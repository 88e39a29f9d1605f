/// What a run or a verification looks like to its reader.
///
/// [ResultTable] is the table at the end of a run: a line per backend, approximate ones apart.
/// [ComparisonReport] is what `compare` prints: a table, Markdown or JSON.
/// [LlamaBenchExport] is a run as llama-bench would print it.
/// [Repro] is the directory that repeats a failure on another machine: the command, the inputs, and
/// what was wrong.
///
/// It reads samples, statistics and verifications, computes no figure that is not theirs, and
/// prints nothing itself; the command line does.
@NullMarked
package dev.lockstep.harness.report;

import org.jspecify.annotations.NullMarked;
