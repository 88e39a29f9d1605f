package dev.lockstep.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Availability.Available;
import dev.lockstep.api.Availability.Unavailable;
import dev.lockstep.api.OptionValues;
import dev.lockstep.gpu.compiler.CompilerFamily;
import dev.lockstep.gpu.compiler.CompilerSearch;
import dev.lockstep.tck.Requirement;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Each thing that can be missing, on machines made up for it.
class CudaRequirementsTest {
  private static final Supplier<CompilerSearch.Result> NO_COMPILER =
      () -> new CompilerSearch.Missing("nvrtc was not found; looked for …", "install it");

  private static CudaDevice device(int ordinal, String name, int major, int minor) {
    return new CudaDevice(ordinal, name, major, minor, 132, 32, 1024, 49_152, 80L << 30);
  }

  private record Machine(int init, int driverVersion, List<CudaDevice> devices)
      implements CudaProbe {}

  private static Machine machine(CudaDevice... devices) {
    return new Machine(0, 12_040, List.of(devices));
  }

  private static Unavailable refused(Machine machine, String wanted) {
    return assertInstanceOf(
        Unavailable.class, CudaRequirements.check(machine, NO_COMPILER, wanted));
  }

  @Test
  void withoutADriverTheRemedyIsADriver() {
    Unavailable answer =
        assertInstanceOf(Unavailable.class, CudaRequirements.check(null, NO_COMPILER, "auto"));
    assertEquals("libcuda.so.1 was not found: there is no NVIDIA driver", answer.reason());
    assertTrue(answer.remedy().startsWith("install the NVIDIA driver, 535 or newer"));
  }

  @ParameterizedTest
  @CsvSource({
    "100, there is an NVIDIA driver but no device (cuInit returned 100), nvidia-smi",
    "34, libcuda.so.1 is the toolkit's stub, install the NVIDIA driver",
    "802, the system is not ready yet, nvidia-fabricmanager",
    "803, the driver's library and its kernel module do not fit together, restart",
    "804, the driver's library and its kernel module do not fit together, compat",
    "999, the NVIDIA driver does not start (cuInit returned 999), nvidia-smi"
  })
  void aDriverThatDoesNotStartIsToldByWhatItReturns(int code, String reason, String remedy) {
    Unavailable answer = refused(new Machine(code, 0, List.of()), "auto");
    assertTrue(answer.reason().startsWith(reason), answer.reason());
    assertTrue(answer.remedy().contains(remedy), answer.remedy());
  }

  @Test
  void aDriverWithoutDevicesIsToldApartFromNoDriver() {
    Unavailable answer = refused(machine(), "auto");
    assertEquals("there is an NVIDIA driver but no device (it counts 0 devices)", answer.reason());
  }

  @Test
  void anOldDriverIsToldWithBothVersions() {
    Unavailable answer =
        refused(new Machine(0, 11_080, List.of(device(0, "NVIDIA A100", 8, 0))), "auto");
    assertEquals(
        "the NVIDIA driver is too old: it offers CUDA 11.8, and 12.2 is needed", answer.reason());
  }

  @Test
  void anOldDeviceIsToldWithItsCapability() {
    Unavailable answer = refused(machine(device(0, "GeForce GTX 1080", 6, 1)), "auto");
    assertEquals(
        "GeForce GTX 1080 is too old: it has compute capability 6.1, and 7.0 is needed",
        answer.reason());
    Unavailable choice =
        refused(
            machine(device(0, "GeForce GTX 1080", 6, 1), device(1, "NVIDIA H100", 9, 0)), "auto");
    assertEquals(
        "choose another with device=…; there are: 0 (GeForce GTX 1080), 1 (NVIDIA H100)",
        choice.remedy());
  }

  @Test
  void aDeviceThatIsNotThereIsToldWithThoseThatAre() {
    Unavailable answer = refused(machine(device(0, "NVIDIA H100", 9, 0)), "B200");
    assertEquals("no device is called 'B200'; there are: 0 (NVIDIA H100)", answer.reason());
  }

  @Test
  void withoutACompilerTheSearchTellsWhereItLooked() {
    Unavailable answer = refused(machine(device(0, "NVIDIA H100", 9, 0)), "auto");
    assertEquals("nvrtc was not found; looked for …", answer.reason());
    assertEquals("install it", answer.remedy());
  }

  @Test
  void aCompilerThatHasGivenUpTheDeviceIsToldWithWhatToDo() {
    CudaDevice volta = device(0, "Tesla V100", 7, 0);
    Unavailable answer =
        assertInstanceOf(
            Unavailable.class,
            CudaRequirements.checkCompiler(
                volta, "nvrtc 13.0 (libnvrtc.so.13)", List.of(75, 80, 90)));
    assertEquals(
        "nvrtc 13.0 (libnvrtc.so.13) does not compile for Tesla V100 any more: it has compute"
            + " capability 7.0",
        answer.reason());
    assertTrue(answer.remedy().contains("LOCKSTEP_NVRTC"), answer.remedy());
    assertEquals(
        new Available("Tesla V100"),
        CudaRequirements.checkCompiler(volta, "nvrtc 12.4", List.of(50, 70, 90)));
    CudaDevice newer = device(0, "NVIDIA B200", 10, 0);
    assertEquals(
        new Available("NVIDIA B200"),
        CudaRequirements.checkCompiler(newer, "nvrtc 11.8", List.of(50, 70, 90)));
  }

  @Test
  void withAllThatIsNeededTheDeviceIsNamed() {
    CompilerSearch.Result found = CompilerSearch.find(CompilerFamily.NVRTC);
    Requirement.require(
        "nvrtc", found instanceof CompilerSearch.Missing missing ? missing.reason() : null);
    Machine machine = machine(device(0, "NVIDIA A100", 8, 0), device(1, "NVIDIA H100", 9, 0));
    assertEquals(
        new Available("NVIDIA A100"), CudaRequirements.check(machine, () -> found, "auto"));
    assertEquals(new Available("NVIDIA H100"), CudaRequirements.check(machine, () -> found, "1"));
    assertEquals(
        new Available("NVIDIA H100"), CudaRequirements.check(machine, () -> found, "h100"));
  }

  @Test
  void thisMachineIsAnsweredWithoutAnException() {
    CudaBackend backend = new CudaBackend();
    OptionValues options = OptionValues.defaults(backend.options());
    Availability answer = backend.availability(options);
    if (answer instanceof Unavailable(String reason, String remedy)) {
      assertTrue(!reason.isBlank() && !remedy.isBlank(), answer.toString());
      assertEquals(answer, backend.availability(options), "the second answer is the first");
    }
  }

  @Test
  void ofJCudasMessageTheLoadersOwnWordsAreTheReason() {
    String message =
        """
        Error while loading native library "JCudaDriver-12.6.0-linux-x86_64"
        Operating system name: Linux
        ---(start of nested stack traces)---
        Stack trace from the attempt to load the library as a file:
        java.lang.UnsatisfiedLinkError: no JCudaDriver-12.6.0-linux-x86_64 in java.library.path
        \tat java.base/java.lang.ClassLoader.loadLibrary(ClassLoader.java:2285)
        Stack trace from the attempt to load the library as a resource:
        java.lang.UnsatisfiedLinkError: /tmp/x.so: failed to map segment from shared object
        \tat java.base/jdk.internal.loader.NativeLibraries.load(Native Method)
        ---(end of nested stack traces)---
        """;
    assertEquals(
        "/tmp/x.so: failed to map segment from shared object",
        CudaMachine.reason(new UnsatisfiedLinkError(message)));
    assertEquals("short", CudaMachine.reason(new NoClassDefFoundError("short")));
  }
}
