package dev.lockstep.gpu.driver;

import dev.lockstep.gpu.device.PendingRead;

/// A read-back under way, with the event behind it.
final class DriverRead implements PendingRead {
  private final DriverDevice device;
  private final String buffer;
  private final DriverContext.Event event;
  private boolean done;

  DriverRead(DriverDevice device, String buffer, DriverContext.Event event) {
    this.device = device;
    this.buffer = buffer;
    this.event = event;
  }

  @Override
  public void await() {
    if (!done) {
      device.await(buffer, event);
      done = true;
    }
  }
}
