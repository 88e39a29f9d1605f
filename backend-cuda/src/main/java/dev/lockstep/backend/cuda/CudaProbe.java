package dev.lockstep.backend.cuda;

import java.util.List;

/// What the driver tells before anything runs.
interface CudaProbe {

  /// What `cuInit` returns. Everything else only after it returned 0.
  int init();

  /// The newest CUDA that the driver offers: 12040 is 12.4.
  int driverVersion();

  List<CudaDevice> devices();
}
