package dev.lockstep.backend.hip;

import java.util.List;

/// What the runtime tells before anything runs.
interface HipProbe {

  /// What `hipInit` returns. Everything else only after it returned 0.
  int init();

  List<HipDevice> devices();
}
