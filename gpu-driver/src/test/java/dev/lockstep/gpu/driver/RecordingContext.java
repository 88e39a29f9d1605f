package dev.lockstep.gpu.driver;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A card without hardware: memory is host memory, a stream is a list, and kernels are Java. Copies
/// and launches happen only at a wait, as they may on a card, so that code that reads or reuses
/// memory too early is caught.
final class RecordingContext implements DriverContext {
  /// The one kernel: adds its second argument, an int, to every int of its first, a buffer.
  static final String ADD = "add";

  private final Arena arena = Arena.ofShared();
  private final Map<Long, MemorySegment> memory = new HashMap<>();
  private final List<MemorySegment> pinned = new ArrayList<>();
  private final List<Runnable> queue = new ArrayList<>();
  private @Nullable List<Runnable> capture;
  private long nextAddress = 1 << 20;
  private boolean current;

  /// Every call, in order.
  final List<String> calls = new ArrayList<>();

  /// Things that must be given back, by kind.
  final Map<String, Integer> held = new HashMap<>();

  /// The call that fails from now on, with the code it returns.
  @Nullable String failing;

  /// Whether the next launch faults once it runs; every call after that fails, as on a card.
  boolean faulting;

  private boolean sticky;

  private void call(String name) {
    calls.add(name);
    if (!current && !name.equals("makeCurrent") && !name.equals("close")) {
      throw new AssertionError(name + " without a current context");
    }
    if (sticky) {
      throw new DriverException(name, 700, "ILLEGAL_ADDRESS");
    }
    if (name.equals(failing)) {
      throw new DriverException(name, 999, "UNKNOWN");
    }
  }

  private void hold(String kind, int change) {
    held.merge(kind, change, (a, b) -> a + b == 0 ? null : a + b);
  }

  private void enqueue(Runnable work) {
    (capture == null ? queue : capture).add(work);
  }

  @Override
  public void makeCurrent() {
    current = true;
    call("makeCurrent");
  }

  @Override
  public Memory allocate(long bytes) {
    call("allocate");
    long address = nextAddress;
    nextAddress += (bytes + 511) / 256 * 256;
    memory.put(address, arena.allocate(bytes, 8).fill((byte) 0x5a));
    hold("memory", 1);
    return new Memory(address, address);
  }

  @Override
  public void free(Memory freed) {
    call("free");
    if (memory.remove(freed.address()) == null) {
      throw new AssertionError("freed twice");
    }
    hold("memory", -1);
  }

  @Override
  public MemorySegment allocateHost(long bytes) {
    call("allocateHost");
    hold("host", 1);
    MemorySegment segment = arena.allocate(bytes, 8);
    pinned.add(segment);
    return segment;
  }

  @Override
  public void freeHost(MemorySegment segment) {
    call("freeHost");
    if (!pinned.remove(segment)) {
      throw new AssertionError("freed twice");
    }
    hold("host", -1);
  }

  private MemorySegment at(Memory memory) {
    MemorySegment segment = this.memory.get(memory.address());
    if (segment == null) {
      throw new AssertionError("freed memory is used");
    }
    return segment;
  }

  @Override
  public void copyToDevice(Memory to, long toByte, MemorySegment from) {
    call("copyToDevice");
    if (!from.isNative()) {
      throw new AssertionError("a driver cannot read the heap");
    }
    enqueue(() -> at(to).asSlice(toByte, from.byteSize()).copyFrom(from));
  }

  @Override
  public void copyToHost(MemorySegment to, Memory from, long fromByte) {
    call("copyToHost");
    if (!to.isNative()) {
      throw new AssertionError("a driver cannot write the heap");
    }
    enqueue(() -> to.copyFrom(at(from).asSlice(fromByte, to.byteSize())));
  }

  @Override
  public Module load(byte[] code) {
    call("load");
    String text = new String(code, StandardCharsets.UTF_8);
    if (text.equals("for another device")) {
      throw new DriverException("load", 209, "NO_BINARY_FOR_GPU");
    }
    hold("module", 1);
    return new Module(text);
  }

  @Override
  public void unload(Module module) {
    call("unload");
    hold("module", -1);
  }

  @Override
  public Function function(Module module, String name) {
    call("function");
    if (!name.equals(ADD)) {
      throw new DriverException("function", 500, "NOT_FOUND");
    }
    return new Function(name);
  }

  @Override
  public void launch(Function function, int groups, int threads, MemorySegment parameters) {
    call("launch");
    long buffer = parameter(parameters, 0).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    int addend = parameter(parameters, 1).get(ValueLayout.JAVA_INT_UNALIGNED, 0);
    boolean faults = faulting;
    enqueue(
        () -> {
          sticky |= faults;
          MemorySegment target = at(new Memory(buffer, buffer));
          for (long i = 0; i < target.byteSize() / Integer.BYTES; i++) {
            target.setAtIndex(
                ValueLayout.JAVA_INT, i, target.getAtIndex(ValueLayout.JAVA_INT, i) + addend);
          }
        });
  }

  private static MemorySegment parameter(MemorySegment parameters, int index) {
    return parameters.getAtIndex(ValueLayout.ADDRESS, index).reinterpret(8);
  }

  @Override
  public void beginCapture() {
    call("beginCapture");
    capture = new ArrayList<>();
  }

  @Override
  public Graph endCapture() {
    List<Runnable> captured = capture;
    capture = null;
    call("endCapture");
    hold("graph", 1);
    return new Graph(java.util.Objects.requireNonNull(captured));
  }

  @Override
  @SuppressWarnings("unchecked")
  public void launch(Graph graph) {
    call("launchGraph");
    queue.addAll((List<Runnable>) graph.handle());
  }

  @Override
  public void destroy(Graph graph) {
    call("destroyGraph");
    hold("graph", -1);
  }

  @Override
  public Event createEvent() {
    call("createEvent");
    hold("event", 1);
    return new Event(new int[1]);
  }

  /// As long as it takes until it is reached: every launch and copy takes a thousand nanoseconds.
  @Override
  public Event createTimer() {
    call("createTimer");
    hold("event", 1);
    return new Event(new int[2]);
  }

  @Override
  public long elapsedNanos(Event from, Event to) {
    call("elapsedNanos");
    return 1000L * (((int[]) to.handle())[0] - ((int[]) from.handle())[0]);
  }

  @Override
  public void record(Event event) {
    call("record");
    ((int[]) event.handle())[0] = queue.size();
  }

  @Override
  public void await(Event event) {
    call("await");
    run(((int[]) event.handle())[0]);
  }

  @Override
  public void destroy(Event event) {
    call("destroyEvent");
    hold("event", -1);
  }

  @Override
  public void synchronize() {
    call("synchronize");
    run(queue.size());
  }

  private void run(int count) {
    List<Runnable> due = queue.subList(0, Math.min(count, queue.size()));
    due.forEach(Runnable::run);
    due.clear();
    if (sticky) {
      throw new DriverException("synchronize", 700, "ILLEGAL_ADDRESS");
    }
  }

  @Override
  public void close() {
    call("close");
  }
}
