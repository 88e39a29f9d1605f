package dev.lockstep.harness.measurement.compare;

import com.fasterxml.jackson.databind.JsonNode;

/// A backend as a run's `environment.json` tells of it.
///
/// @param label as the user wrote it after `-b`
/// @param name the part before the options; with `#2` for one that competes with itself
/// @param options all of them, with the defaults filled in
/// @param jvmArguments of its worker
record RecordedBackend(
    String label, String name, JsonNode options, JsonNode jvmArguments, boolean isApproximate) {

  static RecordedBackend of(String label, JsonNode backend) {
    return new RecordedBackend(
        label,
        backend.path("backend").asText(),
        backend.path("options"),
        backend.path("jvm_args"),
        backend.path("approximate").asBoolean());
  }

  /// Whether it is one of the reference stages, whose code is the formula and changes least.
  boolean isReferenceStage() {
    return name.equals("naive") || name.equals("kvcache");
  }
}
