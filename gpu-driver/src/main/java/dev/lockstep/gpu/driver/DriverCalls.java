package dev.lockstep.gpu.driver;

import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.device.Launch;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Makes a device's driver calls: the context is current in them, and a failure becomes a
/// [GpuException] that names what was being done and the launch that was queued last: a kernel's
/// fault shows only at the next wait.
///
/// After a failure the driver refuses everything: what is given back then says nothing new.
final class DriverCalls {
  private final DriverContext context;
  private final String device;

  /// A launch, or the name of a graph; made into words only when something fails.
  private @Nullable Object queuedLast;

  private boolean failed;
  private boolean closed;

  /// @param device its name
  DriverCalls(DriverContext context, String device) {
    this.context = context;
    this.device = device;
  }

  /// @throws IllegalStateException if the device is closed
  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("device %s is closed".formatted(device));
    }
  }

  /// @param what for messages: `uploading to wte`
  <T> T call(String what, Function<DriverContext, T> calls) {
    checkOpen();
    try {
      context.makeCurrent();
      return calls.apply(context);
    } catch (DriverException e) {
      failed = true;
      throw failure(what, e);
    }
  }

  /// The same with nothing to return.
  void run(String what, Consumer<DriverContext> calls) {
    call(
        what,
        driver -> {
          calls.accept(driver);
          return "";
        });
  }

  /// Queues a launch. A failure is the launch's own.
  void launch(Launch launch, Consumer<DriverContext> calls) {
    checkOpen();
    try {
      context.makeCurrent();
      calls.accept(context);
      queuedLast = launch;
    } catch (DriverException e) {
      failed = true;
      throw GpuException.launch(launch, e);
    }
  }

  /// Queues a graph.
  void launch(String graph, Consumer<DriverContext> calls) {
    run("launching graph " + graph, calls);
    queuedLast = "graph " + graph;
  }

  /// Gives something back.
  void release(String what, Consumer<DriverContext> calls) {
    try {
      context.makeCurrent();
      calls.accept(context);
    } catch (DriverException e) {
      releaseFailed(what, e);
    }
  }

  /// Lets go of the context; no call succeeds afterwards.
  void close() {
    closed = true;
    try {
      context.close();
    } catch (DriverException e) {
      releaseFailed("letting go of the device", e);
    }
  }

  private void releaseFailed(String what, DriverException e) {
    if (!failed) {
      failed = true;
      throw failure(what, e);
    }
  }

  private GpuException failure(String what, DriverException e) {
    String after = queuedLast == null ? "" : ", after " + queuedLast + " was queued";
    return new GpuException(
        "%s: %s (while %s%s)".formatted(device, e.getMessage(), what, after), e);
  }
}
