package dev.lockstep.gpu.driver;

import java.util.Locale;

/// A driver call returned something else than success.
public final class DriverException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  /// @param call the function: `cuMemAlloc`
  /// @param code what it returned
  /// @param text what the driver says that means: `CUDA_ERROR_OUT_OF_MEMORY`
  public DriverException(String call, int code, String text) {
    super(String.format(Locale.ROOT, "%s failed: %s (%d)", call, text, code));
  }
}
