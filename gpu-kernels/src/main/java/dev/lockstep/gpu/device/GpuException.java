package dev.lockstep.gpu.device;

/// A device, its runtime or its compiler failed. The message names the call and what the runtime
/// said; for a launch it names the kernel and which of its launches it was; for a compilation it
/// has the compiler's log.
public final class GpuException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  public GpuException(String message) {
    super(message);
  }

  public GpuException(String message, Throwable cause) {
    super(message, cause);
  }

  /// The failure of a launch, as the runtime's binding threw it.
  public static GpuException launch(Launch launch, Exception cause) {
    return new GpuException(launch + " failed: " + cause.getMessage(), cause);
  }

  /// The failure of a launch, in the runtime's words.
  public static GpuException launch(Launch launch, String said) {
    return new GpuException(launch + " failed: " + said);
  }
}
