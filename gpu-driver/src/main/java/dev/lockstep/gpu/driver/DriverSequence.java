package dev.lockstep.gpu.driver;

import dev.lockstep.gpu.device.Launch;
import dev.lockstep.gpu.device.LaunchSequence;
import java.util.List;

/// Launches that are queued together.
sealed interface DriverSequence extends LaunchSequence {

  /// One by one.
  record Loop(DriverDevice device, List<Launch> launches) implements DriverSequence {
    @Override
    public void replay() {
      launches.forEach(device::launch);
    }

    @Override
    public void close() {}
  }

  /// As a graph of the driver's.
  final class Captured implements DriverSequence, Resource {
    private final DriverDevice device;
    private final String name;
    private final DriverContext.Graph graph;
    private boolean closed;

    Captured(DriverDevice device, String name, DriverContext.Graph graph) {
      this.device = device;
      this.name = name;
      this.graph = graph;
    }

    @Override
    public void replay() {
      if (closed) {
        throw new IllegalStateException("launch sequence %s is closed".formatted(name));
      }
      device.launch(name, graph);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        device.release(this, "destroying graph " + name, context -> context.destroy(graph));
      }
    }
  }
}
