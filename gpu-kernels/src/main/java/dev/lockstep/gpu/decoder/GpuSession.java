package dev.lockstep.gpu.decoder;

import dev.lockstep.api.ActivationObserver;
import dev.lockstep.api.Activations;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.LogitsConsumer;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.api.TokenSink;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.device.HostBuffer;
import dev.lockstep.gpu.device.LaunchSequence;
import dev.lockstep.gpu.device.PendingRead;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A sequence and its keys and values on the device.
///
/// The token and its position live in device memory, and the greatest logit's id becomes the next
/// token there. So the launches of a token never change, are recorded once, and a greedy loop can
/// be one token ahead of what the host has read.
final class GpuSession implements InferenceSession {
  private static final int READS_UNDER_WAY = 2;

  private final GpuModel model;
  private final Network network;
  private final GpuDevice device;
  private final ReentrantLock turn;
  private final Gpt2Config config;
  private final DeviceSequence sequence;
  private final HostBuffer tokens;
  private final float[] logits;
  private @Nullable LaunchSequence decode;
  private @Nullable ActivationObserver observer;
  private int position;
  private boolean closed;

  GpuSession(GpuModel model, Network network, ReentrantLock turn) {
    this.model = model;
    this.network = network;
    this.turn = turn;
    device = network.device();
    config = network.geometry().config();
    sequence = new DeviceSequence(device, network.geometry());
    try {
      tokens = device.allocateHost((long) READS_UNDER_WAY * Integer.BYTES);
    } catch (RuntimeException | Error e) {
      sequence.close();
      throw e;
    }
    logits = new float[config.vocabSize()];
  }

  @Override
  public Gpt2Config config() {
    return config;
  }

  @Override
  public int position() {
    checkOpen();
    return position;
  }

  @Override
  public float[] forward(int... tokens) {
    turn.lock();
    try {
      SessionChecks.tokens(config, position(), tokens);
      run(tokens, RequestedLogits.LAST);
      device.download(network.space().logits, 0, MemorySegment.ofArray(logits));
      position += tokens.length;
      return logits;
    } finally {
      turn.unlock();
    }
  }

  @Override
  public int forwardGreedy(int... tokens) {
    turn.lock();
    try {
      SessionChecks.tokens(config, position(), tokens);
      run(tokens, RequestedLogits.LAST);
      readToken(0).await();
      position += tokens.length;
      return token(0);
    } finally {
      turn.unlock();
    }
  }

  @Override
  public void generateGreedy(int[] prompt, int n, TokenSink sink) {
    SessionChecks.generate(config, position(), prompt, n);
    if (observer != null) {
      InferenceSession.super.generateGreedy(prompt, n, sink);
      return;
    }
    int first = forwardGreedy(prompt);
    int afterPrompt = position;
    sink.accept(first);
    PendingRead[] reads = new PendingRead[READS_UNDER_WAY];
    int queued = 1;
    for (int i = 1; i < n; i++) {
      turn.lock();
      try {
        checkOpen();
        for (; queued < Math.min(n, i + READS_UNDER_WAY); queued++) {
          replayDecode();
          reads[queued % READS_UNDER_WAY] = readToken(queued % READS_UNDER_WAY);
        }
        reads[i % READS_UNDER_WAY].await();
        position = afterPrompt + i;
      } finally {
        turn.unlock();
      }
      sink.accept(token(i % READS_UNDER_WAY));
    }
  }

  @Override
  public void forwardAll(int[] tokens, LogitsConsumer each) {
    SessionChecks.tokens(config, position(), tokens);
    for (int from = 0; from < tokens.length; ) {
      int rows = Math.min(maxRows(RequestedLogits.ALL), tokens.length - from);
      float[] many = new float[rows * config.vocabSize()];
      turn.lock();
      try {
        checkOpen();
        pass(tokens, from, rows, position, RequestedLogits.ALL);
        device.download(network.space().logits, 0, MemorySegment.ofArray(many));
      } finally {
        turn.unlock();
      }
      for (int row = 0; row < rows; row++) {
        System.arraycopy(many, row * config.vocabSize(), logits, 0, logits.length);
        position++;
        each.accept(position - 1, logits);
      }
      from += rows;
    }
  }

  private int maxRows(RequestedLogits requested) {
    int rows = network.geometry().rows();
    return requested == RequestedLogits.ALL ? Math.min(rows, Workspace.LOGIT_ROWS) : rows;
  }

  /// Queues all passes of some tokens.
  private void run(int[] tokens, RequestedLogits requested) {
    inPasses(
        tokens, requested, (from, rows, own) -> pass(tokens, from, rows, position + from, own));
  }

  private interface Pass {
    void run(int from, int rows, RequestedLogits requested);
  }

  /// Cuts tokens into passes; only the last one computes logits.
  private void inPasses(int[] tokens, RequestedLogits requested, Pass pass) {
    for (int from = 0; from < tokens.length; ) {
      int rows = Math.min(maxRows(requested), tokens.length - from);
      boolean last = from + rows == tokens.length;
      pass.run(from, rows, last ? requested : RequestedLogits.NONE);
      from += rows;
    }
  }

  private void pass(int[] tokens, int from, int rows, int at, RequestedLogits requested) {
    sequence.announce(at, tokens, from, rows);
    ActivationObserver watching = observer;
    if (watching != null) {
      for (Step step : network.plainPlan(sequence, rows, requested)) {
        device.launch(step.launch());
        show(watching, step, at + rows);
      }
    } else if (rows == 1 && requested != RequestedLogits.NONE) {
      replayDecode();
    } else {
      network.plan(sequence, rows, requested).forEach(step -> device.launch(step.launch()));
    }
  }

  /// Queues one token's launches.
  private void replayDecode() {
    if (decode == null) {
      List<Step> steps = network.plan(sequence, 1, RequestedLogits.LAST);
      decode =
          network.options().recorded()
              ? device.record("decode", steps.stream().map(Step::launch).toList())
              : new OneByOne(device, steps);
    }
    decode.replay();
  }

  /// Launches that are queued one by one, as if there were no recording.
  private record OneByOne(GpuDevice device, List<Step> steps) implements LaunchSequence {
    @Override
    public void replay() {
      steps.forEach(step -> device.launch(step.launch()));
    }

    @Override
    public void close() {}
  }

  private void show(ActivationObserver watching, Step step, int end) {
    Step.Shown shown = step.shown();
    if (shown == null) {
      return;
    }
    float[] values = new float[shown.rows() * shown.width()];
    long offset = (long) shown.firstRow() * shown.width() * Float.BYTES;
    device.download(shown.buffer(), offset, MemorySegment.ofArray(values));
    for (int row = 0; row < shown.rows(); row++) {
      int at = end - shown.rows() + row;
      watching.observe(shown.name(), at, values, row * shown.width(), shown.width());
    }
  }

  @Override
  public Map<String, Long> timeOperations(int... tokens) {
    turn.lock();
    try {
      SessionChecks.tokens(config, position(), tokens);
      Map<String, Long> nanos = new LinkedHashMap<>();
      inPasses(
          tokens,
          RequestedLogits.LAST,
          (from, rows, requested) -> {
            sequence.announce(position + from, tokens, from, rows);
            List<Step> steps = network.plan(sequence, rows, requested);
            long[] spent = device.time(steps.stream().map(Step::launch).toList());
            for (int i = 0; i < spent.length; i++) {
              nanos.merge(steps.get(i).operation(), spent[i], Long::sum);
            }
          });
      position += tokens.length;
      return nanos;
    } finally {
      turn.unlock();
    }
  }

  private PendingRead readToken(int slot) {
    return device.read(
        sequence.state, Integer.BYTES, tokens, (long) slot * Integer.BYTES, Integer.BYTES);
  }

  private int token(int slot) {
    return tokens.memory().getAtIndex(ValueLayout.JAVA_INT, slot);
  }

  @Override
  public void rewind(int position) {
    SessionChecks.rewind(position(), position);
    this.position = position;
  }

  @Override
  public Set<String> observe(@Nullable ActivationObserver observer) {
    checkOpen();
    this.observer = observer;
    return new LinkedHashSet<>(Activations.all(config));
  }

  private void checkOpen() {
    SessionChecks.open(closed, "session");
    model.checkOpen();
  }

  @Override
  public void close() {
    turn.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      model.forget(this);
      device.synchronize();
      if (decode != null) {
        decode.close();
      }
      tokens.close();
      sequence.close();
    } finally {
      turn.unlock();
    }
  }
}
