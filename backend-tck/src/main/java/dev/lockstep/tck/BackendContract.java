package dev.lockstep.tck;

/// Every law that a backend obeys. A plugin's test extends this class:
///
/// ```java
/// class MyBackendContractTest extends BackendContract {
///   @Override
///   public Backend backend() {
///     return new MyBackend();
///   }
/// }
/// ```
///
/// Where the backend is not available on a machine, its refusal is tested and the other laws are
/// skipped with its reason, or fail if `LOCKSTEP_REQUIRE` names the backend ([Requirement]). To
/// test several settings of options, extend it once for each.
public abstract class BackendContract
    implements GoldenLaws,
        SequenceLaws,
        ChoiceLaws,
        RewindLaws,
        IsolationLaws,
        RefusalLaws,
        NumberLaws,
        WeightLaws,
        OperationLaws,
        ActivationLaws,
        ProviderLaws {}
