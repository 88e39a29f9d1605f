/// Whether a backend is right: what it is held against, by how much it may be off, and the steps of
/// `verify`.
///
/// **Input.** A backend in a worker, prompts ([VerifyCase]), and a [Reference]: a golden file where
/// it has the prompt, else a backend.
///
/// **Output.** A [StepResult] for each step and prompt, and a [Verification], which is the same as
/// a row of `verification.csv`.
///
/// **The steps**, in this order; each looks closer than the one before it.
/// - Tokens: greedy generation, compared by [TokenComparison]. Where tokens differ, [NearTieJudge]
///   decides whether the reference itself was undecided there.
/// - Logits: at every position of the reference's tokens, compared by [LogitsComparison].
/// - Self-consistency: the same question asked in several ways, such as in one call, step by step,
///   after a rewind, or beside other sessions ([ConsistencyCheck]). `Script` says which calls are
///   made, and `Playback` has a worker play it.
/// - Explain: the backend shows its activations, and [dev.lockstep.harness.diagnosis] names the
///   operation that is wrong (`ExplainStep`).
///
/// **The bound** comes from the reference alone. [RoundingOracle] asks the naive backend for the
/// same logits in single and in double precision; 16 times their greatest difference is what
/// rounding explains ([RoundingBound]). The tested backend's own error never enters, so it cannot
/// excuse itself.
///
/// **The rules.** A failure of the tested backend is a result. A failure of the reference ends the
/// job, since nothing can be judged without it; so does a reference that is further off than its
/// own bound. Only [MatchClass#IDENTICAL] passes unless the user relaxes it. An approximate backend
/// gets figures instead of a verdict, but non-finite numbers are wrong for it too.
///
/// **How to add a check.** A new way to ask the same question is a constant of [ConsistencyCheck]
/// and a script in `ConsistencyScripts`. A planted bug in test-backends, with its `CaughtBy`, shows
/// that it catches something; `NoFalseAlarmTest` shows that it accuses no right backend.
@NullMarked
package dev.lockstep.harness.verification;

import org.jspecify.annotations.NullMarked;
