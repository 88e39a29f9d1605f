package dev.lockstep.gpu.decoder;

import dev.lockstep.api.Ceilings;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.InferenceModel;
import dev.lockstep.api.InferenceSession;
import dev.lockstep.api.SessionChecks;
import dev.lockstep.gpu.device.GpuDevice;
import dev.lockstep.gpu.device.GpuException;
import dev.lockstep.gpu.kernel.Geometry;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// A checkpoint on a device. A backend's `load` is
///
/// ```java
/// GpuDevice device = …;                       // opened as the options say
/// return GpuModel.load(weights, device, GpuOptions.of(options), Map.of("graph", "on"));
/// ```
public final class GpuModel implements InferenceModel {
  private final GpuDevice device;
  private final Gpt2Config config;
  private final GpuOptions options;
  private final Map<String, String> path;
  private final Network network;

  /// Held while a session uses the device: sessions take turns.
  private final ReentrantLock turn = new ReentrantLock();

  private final Set<GpuSession> sessions = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private GpuModel(
      Gpt2Weights weights, GpuDevice device, GpuOptions options, Map<String, String> path) {
    this.device = device;
    this.options = options;
    this.path = Map.copyOf(path);
    config = weights.config();
    Geometry geometry = new Geometry(config, device.traits());
    network = Network.load(weights, device, geometry, options);
  }

  /// Packs and uploads the weights and compiles the kernels.
  ///
  /// The model owns the device: it closes it when it is closed, and when loading fails. On close
  /// every byte that was allocated has been given back ([GpuDevice#allocatedBytes] is 0), or close
  /// throws.
  ///
  /// @param path what the backend adds to the execution path, after `device` and the rest
  /// @throws IllegalArgumentException if the model's shape does not fit the device
  public static GpuModel load(
      Gpt2Weights weights, GpuDevice device, GpuOptions options, Map<String, String> path) {
    try {
      return new GpuModel(weights, device, options, path);
    } catch (RuntimeException | Error e) {
      device.close();
      throw e;
    }
  }

  @Override
  public Gpt2Config config() {
    return config;
  }

  @Override
  public InferenceSession newSession() {
    turn.lock();
    try {
      checkOpen();
      GpuSession session = new GpuSession(this, network, turn);
      sessions.add(session);
      return session;
    } finally {
      turn.unlock();
    }
  }

  void forget(GpuSession session) {
    sessions.remove(session);
  }

  void checkOpen() {
    SessionChecks.open(closed, "model");
  }

  @Override
  public Map<String, String> executionPath() {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("device", device.traits().name());
    all.put("threads", Integer.toString(hostThreads()));
    all.put("precision", "f32");
    all.put("kernels", network.form());
    all.put("fuse", options.kernels().fuse() ? "on" : "off");
    all.put("specialise", options.kernels().specialise() ? "on" : "off");
    all.put("order", options.kernels().oneOrder() ? GpuOptions.ONE_ORDER : GpuOptions.FAST_ORDER);
    all.put("device_bytes", Long.toString(device.allocatedBytes()));
    all.putAll(path);
    return all;
  }

  /// Processor threads that compute: the caller's, or the device's where the device is the
  /// processor.
  private int hostThreads() {
    return device.traits().gpu() ? 1 : device.traits().computeUnits();
  }

  @Override
  public Optional<Ceilings> measureCeilings() {
    if (!device.traits().gpu()) {
      return Optional.empty();
    }
    turn.lock();
    try {
      checkOpen();
      return Optional.of(CeilingProbe.measure(device, config.decodeWeightBytes()));
    } finally {
      turn.unlock();
    }
  }

  /// Waits for a pass that is running, then frees everything.
  @Override
  public void close() {
    turn.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      device.synchronize();
      sessions.forEach(GpuSession::close);
      network.close();
      long left = device.allocatedBytes();
      if (left != 0) {
        throw new GpuException(left + " bytes on " + device.traits().name() + " were not freed");
      }
    } finally {
      device.close();
      turn.unlock();
    }
  }
}
