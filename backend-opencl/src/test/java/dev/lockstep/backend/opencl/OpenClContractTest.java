package dev.lockstep.backend.opencl;

import dev.lockstep.api.Backend;
import dev.lockstep.gpu.testing.Required;
import dev.lockstep.tck.BackendContract;
import org.junit.jupiter.api.BeforeAll;

/// The contract and every golden on the device that is there, usually PoCL.
class OpenClContractTest extends BackendContract {

  @BeforeAll
  static void needsADevice() {
    if (Required.isRequired("opencl")) {
      Required.orSkip("opencl", DeviceChoice.availability("auto"));
    }
  }

  @Override
  public Backend backend() {
    return new OpenClBackend();
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }
}
