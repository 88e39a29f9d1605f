package dev.lockstep.harness.worker;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Backend;
import dev.lockstep.api.Ceilings;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.Logits;
import dev.lockstep.api.OptionValues;
import dev.lockstep.harness.worker.probe.CpuProbe;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.Models;
import dev.lockstep.oracle.OracleModel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Carries out requests against the one backend that this worker has.
final class RequestHandler {

  /// Sends a reply before the final one.
  interface Sender {
    void send(Reply reply) throws IOException;
  }

  private final Sender sender;
  private @Nullable InferenceModel model;
  private @Nullable InferenceSession session;
  private PageFaultCost faultCost = new PageFaultCost(null);

  RequestHandler(Sender sender) {
    this.sender = sender;
  }

  Reply handle(Request request) throws IOException {
    return switch (request) {
      case Request.CheckAvailability(String backend, Map<String, String> options) ->
          availability(backend, options);
      case Request.Load load -> load(load);
      case Request.Generate(int[] promptIds, int depth, int newTokens) ->
          generate(promptIds, depth, newTokens);
      case Request.GreedyMargins(int[] promptIds, int newTokens) ->
          greedyMargins(promptIds, newTokens);
      case Request.Sample(int[] promptIds, int newTokens, Sampling sampling) ->
          sample(promptIds, newTokens, sampling);
      case Request.TeacherForce(int[] tokenIds, int fromPosition, String file) ->
          teacherForce(tokenIds, fromPosition, Path.of(file));
      case Request.StepLogits(int[] promptIds, int[] nextIds, String file) ->
          stepLogits(promptIds, nextIds, Path.of(file));
      case Request.OracleLogits(int[] tokenIds, int fromPosition, String file) ->
          oracleLogits(tokenIds, fromPosition, Path.of(file));
      case Request.Play play -> {
        closeSession();
        yield Player.play(loadedModel(), play);
      }
      case Request.Contract contract -> {
        new ContractWork(
                BackendLookup.find(contract.backend()),
                contract.options(),
                contract.bitIdenticalBatches(),
                sender)
            .run(contract.laws());
        yield new Reply.Done();
      }
      case Request.Stress(String backend, Map<String, String> given, long millis, long seed) -> {
        new ContractWork(BackendLookup.find(backend), given, false, sender)
            .stress(Duration.ofMillis(millis), seed);
        yield new Reply.Done();
      }
      case Request.Describe() ->
          new Reply.Description(executionPath(loadedModel()), OutsideHeap.bytes());
      case Request.TimeOperations(
              int[] contextIds,
              int[] nextIds,
              long warmMillis,
              long millis,
              int minPasses) ->
          new OperationTimer(emptySession(), contextIds, nextIds)
              .measure(Duration.ofMillis(warmMillis), Duration.ofMillis(millis), minPasses);
      case Request.MeasureDevice() -> measureDevice();
      case Request.Probe(long bufferBytes, int threads) -> {
        Ceilings ceilings = CpuProbe.measure(bufferBytes, threads);
        yield new Reply.CeilingsAnswer(ceilings.readBytesPerSecond(), ceilings.fmaFlopsPerSecond());
      }
    };
  }

  private static Reply availability(String id, Map<String, String> given) {
    Backend backend = BackendLookup.find(id);
    return switch (backend.availability(OptionValues.of(backend.options(), given))) {
      case Availability.Available(String device) ->
          new Reply.AvailabilityAnswer(true, device, null, null);
      case Availability.Unavailable(String reason, String remedy) ->
          new Reply.AvailabilityAnswer(false, null, reason, remedy);
    };
  }

  private Reply load(Request.Load request) {
    Backend backend = BackendLookup.find(request.backend());
    OptionValues options = OptionValues.of(backend.options(), request.options());
    Long outsideHeap = OutsideHeap.bytes();
    long start = System.nanoTime();
    LoadedModel checkpoint = Models.open(request.model());
    InferenceModel loaded = backend.load(checkpoint.weights(), options);
    long nanos = System.nanoTime() - start;
    model = loaded;
    session = loaded.newSession();
    faultCost = PageFaultCost.measure();
    return new Reply.Loaded(nanos, executionPath(loaded), outsideHeap);
  }

  /// What the parent is told must not be null, whatever a backend says.
  private static Map<String, String> executionPath(InferenceModel model) {
    Map<String, String> path = model.executionPath();
    if (path == null || path.values().stream().anyMatch(Objects::isNull)) {
      throw new IllegalStateException("executionPath() is or has a null: " + path);
    }
    return path;
  }

  private Reply generate(int[] contextIds, int depth, int newTokens) {
    InferenceSession session = emptySession();
    if (depth > 0) {
      // Its logits are readable on the host when it returns, so none of it is left to do later.
      session.forward(Arrays.copyOf(contextIds, depth));
    }
    int[] promptIds = Arrays.copyOfRange(contextIds, depth, contextIds.length);
    UsageMeter meter = UsageMeter.start(faultCost);
    TokenClock clock = new TokenClock(newTokens);
    clock.start();
    session.generateGreedy(promptIds, newTokens, clock);
    return new Reply.Generated(clock.tokenIds(), clock.tokenNanos(), meter.stop());
  }

  private Reply greedyMargins(int[] promptIds, int newTokens) {
    InferenceSession session = emptySession();
    int[] tokenIds = new int[newTokens];
    double[] margins = new double[newTokens];
    float[] logits = session.forward(promptIds);
    for (int i = 0; i < newTokens; i++) {
      tokenIds[i] = Logits.argmax(logits);
      margins[i] = Logits.margin(logits);
      if (i + 1 < newTokens) {
        logits = session.forward(tokenIds[i]);
      }
    }
    return new Reply.Margins(tokenIds, margins);
  }

  private Reply sample(int[] promptIds, int newTokens, Sampling sampling) throws IOException {
    InferenceSession session = emptySession();
    Sampler sampler = new Sampler(sampling);
    UsageMeter meter = UsageMeter.start(faultCost);
    TokenClock clock = new TokenClock(newTokens);
    clock.start();
    int[] next = promptIds;
    for (int i = 0; i < newTokens; i++) {
      float[] logits = session.forward(next);
      requireFinite(logits, i);
      int token = sampling.temperature() == 0 ? Logits.argmax(logits) : sampler.choose(logits);
      clock.accept(token);
      sender.send(new Reply.Token(token));
      next = new int[] {token};
    }
    return new Reply.Generated(clock.tokenIds(), clock.tokenNanos(), meter.stop());
  }

  /// The greatest of logits that hold a NaN says nothing, so `forwardGreedy` will not do here.
  private static void requireFinite(float[] logits, int newToken) {
    for (int id = 0; id < logits.length; id++) {
      if (!Float.isFinite(logits[id])) {
        throw new NonFiniteLogitsException(newToken, id, logits[id]);
      }
    }
  }

  private Reply teacherForce(int[] tokenIds, int fromPosition, Path file) throws IOException {
    try (LogitsFile.Writer writer = LogitsFile.create(file, vocabSize())) {
      emptySession()
          .forwardAllF64(
              tokenIds,
              (position, logits) -> {
                if (position >= fromPosition) {
                  writer.append(logits);
                }
              });
    }
    return new Reply.Done();
  }

  private Reply stepLogits(int[] promptIds, int[] nextIds, Path file) throws IOException {
    InferenceSession session = emptySession();
    try (LogitsFile.Writer writer = LogitsFile.create(file, vocabSize())) {
      writer.append(session.forward(promptIds));
      for (int token : nextIds) {
        writer.append(session.forward(token));
      }
    }
    return new Reply.Done();
  }

  private Reply oracleLogits(int[] tokenIds, int fromPosition, Path file) throws IOException {
    if (!(loadedModel() instanceof OracleModel oracle)) {
      throw new IllegalStateException("this worker has not loaded the oracle");
    }
    try (LogitsFile.Writer writer = LogitsFile.create(file, vocabSize() + 1)) {
      oracle.forced(
          tokenIds,
          fromPosition,
          (position, single, exact) -> {
            double[] row = Arrays.copyOf(exact, exact.length + 1);
            row[exact.length] = greatestDifference(single, exact);
            writer.append(row);
          });
    }
    return new Reply.Done();
  }

  /// NaN where either has one.
  private static double greatestDifference(float[] single, double[] exact) {
    double greatest = 0;
    for (int i = 0; i < exact.length; i++) {
      greatest = Math.max(greatest, Math.abs(single[i] - exact[i]));
    }
    return greatest;
  }

  private Reply measureDevice() {
    return loadedModel()
        .measureCeilings()
        .map(c -> new Reply.CeilingsAnswer(c.readBytesPerSecond(), c.fmaFlopsPerSecond()))
        .orElse(new Reply.CeilingsAnswer(null, null));
  }

  private int vocabSize() {
    return loadedModel().config().vocabSize();
  }

  private InferenceModel loadedModel() {
    if (model == null) {
      throw new IllegalStateException("no model is loaded");
    }
    return model;
  }

  private InferenceSession emptySession() {
    InferenceSession open = session;
    if (open == null) {
      open = loadedModel().newSession();
      session = open;
    }
    open.rewind(0);
    return open;
  }

  /// A script that has one session shall be alone with the model.
  private void closeSession() {
    InferenceSession open = session;
    if (open != null) {
      session = null;
      open.close();
    }
  }
}
