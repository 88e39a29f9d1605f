package dev.lockstep.harness.worker;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.lockstep.api.Ceilings;
import dev.lockstep.tck.ContractReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a worker answers: one JSON object a line, `reply` says which.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "reply")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Reply.Hello.class, name = "hello"),
  @JsonSubTypes.Type(value = Reply.AvailabilityAnswer.class, name = "availability"),
  @JsonSubTypes.Type(value = Reply.Loaded.class, name = "loaded"),
  @JsonSubTypes.Type(value = Reply.Generated.class, name = "generated"),
  @JsonSubTypes.Type(value = Reply.Description.class, name = "description"),
  @JsonSubTypes.Type(value = Reply.Margins.class, name = "margins"),
  @JsonSubTypes.Type(value = Reply.Token.class, name = "token"),
  @JsonSubTypes.Type(value = Reply.Played.class, name = "played"),
  @JsonSubTypes.Type(value = Reply.LawStarted.class, name = "law_started"),
  @JsonSubTypes.Type(value = Reply.LawFinished.class, name = "law_finished"),
  @JsonSubTypes.Type(value = Reply.OperationTimes.class, name = "operation_times"),
  @JsonSubTypes.Type(value = Reply.Done.class, name = "done"),
  @JsonSubTypes.Type(value = Reply.CeilingsAnswer.class, name = "ceilings"),
  @JsonSubTypes.Type(value = Reply.Failed.class, name = "failed"),
})
public sealed interface Reply {

  /// The version of this protocol; a worker of another one is refused.
  int PROTOCOL = 1;

  /// Sent once, as soon as the worker is connected.
  ///
  /// @param answers the `op`s that it answers; absent from the harness's own, which answers all
  record Hello(int protocol, @Nullable List<String> answers) implements Reply {}

  /// @param device what it would run on, if it is available
  /// @param reason what is missing, if it is not
  /// @param remedy what to do about it, if it is not
  record AvailabilityAnswer(
      boolean available, @Nullable String device, @Nullable String reason, @Nullable String remedy)
      implements Reply {}

  /// @param loadNanos from opening the checkpoint to a model that is ready
  /// @param executionPath what really runs, as the backend says
  /// @param outsideHeapBytes what the process held outside the Java heap before it loaded; absent
  ///     where it cannot tell
  record Loaded(long loadNanos, Map<String, String> executionPath, @Nullable Long outsideHeapBytes)
      implements Reply {
    /// What the execution path calls the time of a request that asks for nothing, in milliseconds,
    /// where answers come from a server.
    public static final String ROUND_TRIP = "round_trip_ms";

    public Loaded {
      executionPath = complete(executionPath);
    }

    /// The same, with something else that is known about what runs.
    Loaded with(String name, String value) {
      Map<String, String> path = new LinkedHashMap<>(executionPath);
      path.put(name, value);
      return new Loaded(loadNanos, path, outsideHeapBytes);
    }
  }

  /// @param tokenIds the new tokens, in order
  /// @param tokenNanos when each token was known on the host, counted from just before the prompt's
  ///     ids entered the backend
  /// @param usage what the process had used by then; absent where it cannot tell
  record Generated(int[] tokenIds, long[] tokenNanos, Usage usage) implements Reply {
    public Generated {
      requireGiven(tokenIds, "token_ids");
      requireGiven(tokenNanos, "token_nanos");
      usage = Objects.requireNonNullElse(usage, Usage.UNKNOWN);
    }
  }

  /// @param executionPath what really runs, as the backend says
  /// @param outsideHeapBytes what the process holds outside the Java heap now; absent where it
  ///     cannot tell
  record Description(Map<String, String> executionPath, @Nullable Long outsideHeapBytes)
      implements Reply {
    public Description {
      executionPath = complete(executionPath);
    }
  }

  /// What a worker process has used. What it cannot tell is absent.
  ///
  /// @param gcMillis garbage collection during the request, of a JVM
  /// @param jitMillis just-in-time compilation during the request, of a JVM
  /// @param peakRssBytes the process's peak resident set so far, if the system tells
  /// @param heapBytes the Java heap in use after the request
  /// @param cpuMillis processor time of all threads during the request
  /// @param cpuWaitMillis how long its threads were ready during the request and no processor was
  ///     free, if the system tells
  /// @param pageFaults pages that were touched for the first time during the request, or read from
  ///     disk, if the system tells
  /// @param faultMillis what these faults cost, by what a fault cost when the model was loaded
  /// @param contextSwitches of all threads during the request, if the system tells
  record Usage(
      @Nullable Long gcMillis,
      @Nullable Long jitMillis,
      @Nullable Long peakRssBytes,
      @Nullable Long heapBytes,
      @Nullable Long cpuMillis,
      @Nullable Double cpuWaitMillis,
      @Nullable Long pageFaults,
      @Nullable Double faultMillis,
      @Nullable Long contextSwitches) {
    /// Nothing is told.
    public static final Usage UNKNOWN =
        new Usage(null, null, null, null, null, null, null, null, null);
  }

  /// @param margins best logit minus second best before each of `tokenIds`; infinite where the
  ///     vocabulary has one entry
  record Margins(int[] tokenIds, double[] margins) implements Reply {
    public Margins {
      requireGiven(tokenIds, "token_ids");
      requireGiven(margins, "margins");
    }
  }

  /// One token of a [Request.Sample], as it is chosen.
  record Token(int tokenId) implements Reply {}

  /// What a [Request.Play] gave besides the logits.
  ///
  /// @param generated the tokens of all its generations, one after the other
  /// @param positions of every session at the end; −1 for a number that no step named
  /// @param shown the activations that observed sessions said they show
  record Played(int[] generated, int[] positions, List<String> shown) implements Reply {
    public Played {
      requireGiven(generated, "generated");
      requireGiven(positions, "positions");
      requireGiven(shown, "shown");
    }
  }

  /// What comes of a [Request.Contract] while it runs.
  sealed interface LawEvent extends Reply {}

  /// A law is about to be put to the test. Should the worker end now, this one ended it.
  record LawStarted(String topic, String law, String variant) implements LawEvent {}

  /// A law was put to the test.
  record LawFinished(ContractReport.LawResult result) implements LawEvent {}

  /// Means over the middle half of the passes of a call.
  ///
  /// @param clock whose the operations' times are by: `host` or `device`
  /// @param names of the operations that were shown, in the order of the computation
  /// @param nanos how long each took where the pass was watched, or timed by the device
  /// @param plainNanos how long a pass took that was not
  /// @param shownNanos how long one took that was
  /// @param passes how many of each kind there were
  record OperationTimes(
      String clock, List<String> names, long[] nanos, long plainNanos, long shownNanos, int passes)
      implements Reply {}

  /// Done, with nothing to say.
  record Done() implements Reply {}

  /// @param readBytesPerSecond read bandwidth, absent where the device cannot tell
  /// @param fmaFlopsPerSecond FMA rate, absent where the device cannot tell
  record CeilingsAnswer(@Nullable Double readBytesPerSecond, @Nullable Double fmaFlopsPerSecond)
      implements Reply {

    /// Both, or null where one is absent.
    public @Nullable Ceilings ceilings() {
      return readBytesPerSecond == null || fmaFlopsPerSecond == null
          ? null
          : new Ceilings(readBytesPerSecond, fmaFlopsPerSecond);
    }
  }

  /// The request failed; the worker goes on, unless it is out of memory.
  ///
  /// @param type the exception's class
  /// @param message the exception's message
  record Failed(String type, String message) implements Reply {
    public Failed {
      requireGiven(type, "type");
      requireGiven(message, "message");
    }
  }

  private static Map<String, String> complete(Map<String, String> executionPath) {
    requireGiven(executionPath, "execution_path");
    executionPath.forEach((name, value) -> requireGiven(value, "execution_path." + name));
    return executionPath;
  }

  private static void requireGiven(Object value, String field) {
    if (value == null) {
      throw new IllegalArgumentException(field + " is missing");
    }
  }
}
