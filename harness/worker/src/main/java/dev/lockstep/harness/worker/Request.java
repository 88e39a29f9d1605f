package dev.lockstep.harness.worker;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the parent asks of a worker: one JSON object a line, `op` says which. A worker answers each
/// request before the next is sent. `docs/worker-protocol.md` describes the messages.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "op")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Request.CheckAvailability.class, name = "availability"),
  @JsonSubTypes.Type(value = Request.Load.class, name = "load"),
  @JsonSubTypes.Type(value = Request.Generate.class, name = "generate"),
  @JsonSubTypes.Type(value = Request.GreedyMargins.class, name = "greedy_margins"),
  @JsonSubTypes.Type(value = Request.Describe.class, name = "describe"),
  @JsonSubTypes.Type(value = Request.Sample.class, name = "sample"),
  @JsonSubTypes.Type(value = Request.TeacherForce.class, name = "teacher_force"),
  @JsonSubTypes.Type(value = Request.StepLogits.class, name = "step_logits"),
  @JsonSubTypes.Type(value = Request.OracleLogits.class, name = "oracle_logits"),
  @JsonSubTypes.Type(value = Request.Play.class, name = "play"),
  @JsonSubTypes.Type(value = Request.Contract.class, name = "contract"),
  @JsonSubTypes.Type(value = Request.Stress.class, name = "stress"),
  @JsonSubTypes.Type(value = Request.TimeOperations.class, name = "time_operations"),
  @JsonSubTypes.Type(value = Request.MeasureDevice.class, name = "measure_device"),
  @JsonSubTypes.Type(value = Request.Probe.class, name = "probe"),
})
public sealed interface Request {

  /// What somebody else's worker must answer; the rest is up to it.
  List<String> REQUIRED = List.of("load", "generate");

  /// The `op` of a kind of request.
  static String op(Class<? extends Request> kind) {
    for (JsonSubTypes.Type type : Request.class.getAnnotation(JsonSubTypes.class).value()) {
      if (type.value() == kind) {
        return type.name();
      }
    }
    throw new IllegalArgumentException("no kind of request: " + kind);
  }

  /// Can this backend run here? Answered by [Reply.AvailabilityAnswer].
  record CheckAvailability(String backend, Map<String, String> options) implements Request {}

  /// Open a model and load it into a backend. Answered by [Reply.Loaded].
  ///
  /// @param model a model argument as the user writes it
  record Load(String backend, Map<String, String> options, String model) implements Request {}

  /// Generate greedily from an empty session and take the time of every token. Answered by
  /// [Reply.Generated].
  ///
  /// @param promptIds the whole context
  /// @param depth how many of them are fed before the clock starts; fewer than there are
  record Generate(int[] promptIds, int depth, int newTokens) implements Request {}

  /// Say what really runs now. It is asked apart from [Generate], since a backend may take
  /// milliseconds to find out. Answered by [Reply.Description].
  record Describe() implements Request {}

  /// Generate greedily through `forward`, keeping the margin between the best logit and the second.
  /// Answered by [Reply.Margins].
  record GreedyMargins(int[] promptIds, int newTokens) implements Request {}

  /// Generate by sampling, or greedily at temperature 0. Answered by a [Reply.Token] for each
  /// token, then a [Reply.Generated].
  record Sample(int[] promptIds, int newTokens, Sampling sampling) implements Request {}

  /// Teacher-force tokens and write the logits of every position from `fromPosition` on to a file,
  /// raw little-endian doubles, `[T − fromPosition, vocabSize]`. Answered by [Reply.Done].
  record TeacherForce(int[] tokenIds, int fromPosition, String file) implements Request {}

  /// Feed a prompt at once and then one token after the other, as decoding does, and write the
  /// logits after the prompt and after each token to a file, as [TeacherForce] does. Answered by
  /// [Reply.Done].
  record StepLogits(int[] promptIds, int[] nextIds, String file) implements Request {}

  /// Teacher-force tokens through the oracle and write a row for every position from `fromPosition`
  /// on to a file, raw little-endian doubles, `[T − fromPosition, vocabSize + 1]`: the logits in
  /// double precision, then the greatest difference of those in single precision from them.
  /// Answered by [Reply.Done].
  record OracleLogits(int[] tokenIds, int fromPosition, String file) implements Request {}

  /// Play a script of calls on fresh sessions and write the logits to a file, as [Player] says.
  /// Answered by [Reply.Played].
  ///
  /// @param concurrently whether every session has a thread of its own
  /// @param activationsFile receives what observed sessions show, as [ActivationsFile] says; null
  ///     if no step observes
  record Play(
      List<PlayStep> steps,
      boolean concurrently,
      String logitsFile,
      @Nullable String activationsFile)
      implements Request {}

  /// Hold a backend to the contract of `lockstep-backend-tck`, which loads models of its own.
  /// Answered by a [Reply.LawStarted] and a [Reply.LawFinished] for each law or variant of one,
  /// then [Reply.Done].
  ///
  /// @param bitIdenticalBatches whether the backend promises that the cut of a sequence into calls
  ///     changes no bit
  /// @param laws the laws to put to the test; all where there are none
  record Contract(
      String backend, Map<String, String> options, boolean bitIdenticalBatches, List<String> laws)
      implements Request {}

  /// Carry out schedules of several sessions and threads, as `Stress` of `lockstep-backend-tck`
  /// says, until the time is over or one is wrong. Answered by a [Reply.LawStarted] for each, one
  /// [Reply.LawFinished] for all, then [Reply.Done].
  ///
  /// @param seed of the first; the next has the next number
  record Stress(String backend, Map<String, String> options, long millis, long seed)
      implements Request {}

  /// Find out which operation of a forward pass takes how long. Answered by
  /// [Reply.OperationTimes].
  ///
  /// @param contextIds what the session holds before each pass
  /// @param nextIds what the pass appends
  /// @param warmMillis how long to repeat it before it counts
  /// @param millis how long to repeat it then
  /// @param minPasses how often at least, watched and not, however long that takes
  record TimeOperations(
      int[] contextIds, int[] nextIds, long warmMillis, long millis, int minPasses)
      implements Request {}

  /// Measure the device's own limits, where it is not the CPU. Answered by [Reply.CeilingsAnswer].
  record MeasureDevice() implements Request {}

  /// Measure the CPU's limits. Answered by [Reply.CeilingsAnswer].
  ///
  /// @param bufferBytes how much memory to read
  record Probe(long bufferBytes, int threads) implements Request {}
}
