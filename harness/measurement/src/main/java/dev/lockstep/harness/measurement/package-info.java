/// The main job: the same prompts through every backend, in interleaved rounds, verified and
/// written down.
///
/// **Input.** A [dev.lockstep.harness.measurement.run.RunPlan] (prompts, rounds, forks, seeds), the
/// variants to run, and a reference.
///
/// **Output.** A row for every timed generation
/// ([dev.lockstep.harness.measurement.statistics.Sample]), what was verified, and the files of the
/// output directory.
///
/// **The parts**, each of which depends only on those before it:
/// - `prompt` reads prompts from arguments, text files and JSONL.
/// - `statistics` is what a sample is, and what samples come to: distributions, ratios within a
///   round, intervals over forks. `Estimators` is the one class that calls Commons Statistics, on
///   copies.
/// - `results` is how they are written and read: a table of columns for each file.
///   `results/SCHEMA.md` describes the columns, and a test holds it to them.
/// - `compare` holds two runs, or two backends of one, against each other, from their files.
/// - `run` carries out the plan. [dev.lockstep.harness.measurement.run.RunJob] is the order of
///   events, `Runner` goes through forks and rounds, `Turns` gives each backend its turn,
///   `Competitor` is one backend in one fork, `SampleMaker` verifies a generation and makes a row
///   of it, `SampleLog` writes it. `PlanFile` is a plan for other machines.
/// - `merge` puts the shards of a plan together, from their files.
///
/// **The order of events.** The plan is checked against memory. The reference computes what every
/// case must give. For each fork the workers start, load and generate once, which is the cold time.
/// Then the logits of every backend are compared, untimed. Then come the rounds: in each, the
/// limits of the machine are measured, and the backends take their turns in seeded random order
/// while the other workers idle.
///
/// **The rules.** A row is written the moment it is known, and nothing that was measured is lost:
/// not to Ctrl-C, not to a full disk, not to a dying worker. A speed without the right tokens is no
/// speed; it stays blank. What was not measured is null, and a blank in the file. Ratios are taken
/// within a round and averaged over forks; the fork is the unit of replication.
///
/// **How to add a figure.** Add it to the record that it belongs to in `Sample`, and a column to
/// `SamplesCsv`; the test of the schema then asks for its description. If the worker must measure
/// it, it is a field of `Reply.Usage` and `UsageMeter` first.
@NullMarked
package dev.lockstep.harness.measurement;

import org.jspecify.annotations.NullMarked;
