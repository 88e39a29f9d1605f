package dev.lockstep.harness.worker;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Plays a script of calls on fresh sessions of a model and records what they answer.
///
/// Logits go to a file as raw little-endian doubles, a row per `forward` and per token of a
/// `forwardAll`, in the order of the steps. Everything the sessions hold is freed at the end.
public final class Player {
  private final InferenceModel model;
  private final List<PlayStep> steps;
  private final ActivationsFile.@Nullable Writer activations;
  /// Those that are open; each is closed by nobody but its own thread.
  private final SortedMap<Integer, InferenceSession> sessions = new ConcurrentSkipListMap<>();
  private final Set<String> shown = new TreeSet<>();
  private final List<int[]> generated = new ArrayList<>();
  private final int[] stepOfSession;

  private Player(
      InferenceModel model, List<PlayStep> steps, ActivationsFile.@Nullable Writer activations) {
    this.model = model;
    this.steps = steps;
    this.activations = activations;
    stepOfSession = new int[1 + steps.stream().mapToInt(PlayStep::session).max().orElse(0)];
    steps.forEach(step -> generated.add(new int[0]));
  }

  /// Plays and writes the files.
  ///
  /// @throws IOException if a file cannot be written
  public static Reply.Played play(InferenceModel model, Request.Play request) throws IOException {
    String file = request.activationsFile();
    try (ActivationsFile.Writer activations =
            file == null ? null : ActivationsFile.create(Path.of(file));
        LogitsFile.Writer logits =
            LogitsFile.create(Path.of(request.logitsFile()), model.config().vocabSize())) {
      Player player = new Player(model, request.steps(), activations);
      try {
        return player.play(request.concurrently(), logits);
      } finally {
        player.sessions.values().forEach(InferenceSession::close);
      }
    }
  }

  private Reply.Played play(boolean concurrently, LogitsFile.Writer logits) {
    // Sessions are made in order of their numbers, before any is used.
    steps.forEach(step -> sessions.computeIfAbsent(step.session(), s -> model.newSession()));
    if (concurrently) {
      playConcurrently(logits);
    } else {
      for (int i = 0; i < steps.size(); i++) {
        perform(i, logits::append);
      }
    }
    int[] positions = new int[stepOfSession.length];
    for (int session = 0; session < positions.length; session++) {
      InferenceSession open = sessions.get(session);
      positions[session] = open == null ? -1 : open.position();
    }
    return new Reply.Played(
        generated.stream().flatMapToInt(Arrays::stream).toArray(), positions, List.copyOf(shown));
  }

  /// A thread per session; the rows are kept until all have ended and then written in order.
  private void playConcurrently(LogitsFile.Writer logits) {
    List<List<double[]>> rows = new ArrayList<>();
    steps.forEach(step -> rows.add(new ArrayList<>()));
    List<Callable<Void>> players = new ArrayList<>();
    for (int session : List.copyOf(sessions.keySet())) {
      int[] own =
          IntStream.range(0, steps.size()).filter(i -> steps.get(i).session() == session).toArray();
      players.add(
          () -> {
            for (int i : own) {
              perform(i, rows.get(i)::add);
            }
            return null;
          });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(players.size())) {
      for (Future<Void> player : threads.invokeAll(players)) {
        player.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while sessions were playing", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException(e.getCause());
    }
    rows.forEach(ofStep -> ofStep.forEach(logits::append));
  }

  /// Receives a row of logits, valid during the call only.
  private interface RowSink {
    void accept(double[] row);
  }

  private void perform(int index, RowSink sink) {
    PlayStep step = steps.get(index);
    stepOfSession[step.session()] = index;
    InferenceSession session = session(step.session());
    switch (step.action()) {
      case FORWARD -> sink.accept(Precision.widened(session.forward(step.tokens())));
      case FORWARD_ALL ->
          session.forwardAll(step.tokens(), (position, row) -> sink.accept(Precision.widened(row)));
      case FORWARD_ALL_F64 ->
          session.forwardAllF64(step.tokens(), (position, row) -> sink.accept(row.clone()));
      case FORWARD_GREEDY -> generated.set(index, new int[] {session.forwardGreedy(step.tokens())});
      case GENERATE -> generated.set(index, generate(session, step));
      case REWIND -> session.rewind(step.count());
      case OBSERVE -> observe(session, step.session());
      case CLOSE -> {
        sessions.remove(step.session());
        session.close();
      }
    }
  }

  private InferenceSession session(int number) {
    InferenceSession session = sessions.get(number);
    if (session == null) {
      throw new IllegalStateException("no session " + number);
    }
    return session;
  }

  private static int[] generate(InferenceSession session, PlayStep step) {
    List<Integer> tokens = new ArrayList<>();
    session.generateGreedy(step.tokens(), step.count(), tokens::add);
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  private void observe(InferenceSession session, int number) {
    if (activations == null) {
      throw new IllegalArgumentException("no file was named for the activations");
    }
    ActivationObserver observer = activations.observer(number, () -> stepOfSession[number]);
    Set<String> names = session.observe(observer);
    synchronized (shown) {
      shown.addAll(names);
    }
  }
}
