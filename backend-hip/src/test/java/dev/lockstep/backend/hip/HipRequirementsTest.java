package dev.lockstep.backend.hip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Availability;
import dev.lockstep.api.Availability.Available;
import dev.lockstep.api.Availability.Unavailable;
import dev.lockstep.api.OptionValues;
import dev.lockstep.gpu.compiler.CompilerFamily;
import dev.lockstep.gpu.compiler.CompilerSearch;
import dev.lockstep.tck.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Each thing that can be missing, on machines made up for it.
class HipRequirementsTest {
  private static final Supplier<CompilerSearch.Result> NO_COMPILER =
      () -> new CompilerSearch.Missing("hiprtc was not found; looked for …", "install it");

  private static final HipDevice MI210 =
      new HipDevice(0, "AMD Instinct MI210", "0000:03:00.0", 104, 64, 1024, 65_536, 64L << 30);

  private record Machine(int init, List<HipDevice> devices) implements HipProbe {}

  private static Unavailable refused(
      @Nullable Machine machine, @Nullable String architecture, String wanted) {
    return assertInstanceOf(
        Unavailable.class,
        HipRequirements.check(machine, NO_COMPILER, device -> architecture, wanted));
  }

  @Test
  void withoutARuntimeTheRemedyIsRocm() {
    Unavailable answer = refused(null, "gfx90a", "auto");
    assertTrue(answer.reason().startsWith("the HIP runtime was not found"), answer.reason());
    assertTrue(answer.remedy().contains("ROCm"), answer.remedy());
  }

  @Test
  void aRuntimeWithoutADeviceIsToldApartFromNoRuntime() {
    assertEquals(
        "there is a HIP runtime but no AMD device (hipInit returned 100)",
        refused(new Machine(100, List.of()), "gfx90a", "auto").reason());
    assertEquals(
        "there is a HIP runtime but no AMD device (hipInit returned 101)",
        refused(new Machine(101, List.of()), "gfx90a", "auto").reason());
    assertEquals(
        "there is a HIP runtime but no AMD device (it counts 0 devices)",
        refused(new Machine(0, List.of()), "gfx90a", "auto").reason());
  }

  @Test
  void aRuntimeThatDoesNotStartIsToldByWhatItReturns() {
    assertEquals(
        "the HIP runtime does not start (hipInit returned 3)",
        refused(new Machine(3, List.of()), "gfx90a", "auto").reason());
  }

  @Test
  void aDeviceThatIsNotThereIsToldWithThoseThatAre() {
    assertEquals(
        "no device is called 'MI300'; there are: 0 (AMD Instinct MI210)",
        refused(new Machine(0, List.of(MI210)), "gfx90a", "MI300").reason());
  }

  @Test
  void anUnknownArchitectureCanBeNamed() {
    Unavailable answer = refused(new Machine(0, List.of(MI210)), null, "auto");
    assertEquals(
        "the architecture of AMD Instinct MI210 at 0000:03:00.0 is not known", answer.reason());
    assertTrue(answer.remedy().contains("architecture=gfx"), answer.remedy());
  }

  @Test
  void withoutACompilerTheSearchTellsWhereItLooked() {
    assertEquals(
        "hiprtc was not found; looked for …",
        refused(new Machine(0, List.of(MI210)), "gfx90a", "mi210").reason());
  }

  @Test
  void withAllThatIsNeededTheDeviceIsNamed() {
    CompilerSearch.Result found = CompilerSearch.find(CompilerFamily.HIPRTC);
    Requirement.require(
        "hiprtc", found instanceof CompilerSearch.Missing missing ? missing.reason() : null);
    assertEquals(
        new Available("AMD Instinct MI210"),
        HipRequirements.check(
            new Machine(0, List.of(MI210)), () -> found, device -> "gfx90a", "0"));
  }

  @ParameterizedTest
  @CsvSource({
    "90010, gfx90a",
    "100300, gfx1030",
    "90402, gfx942",
    "110001, gfx1101",
    "90006, gfx906",
    "120001, gfx1201"
  })
  void theKernelDriversVersionsAreArchitectures(long version, String name) {
    assertEquals(name, KernelDriverTopology.name(version));
  }

  @Test
  void theArchitectureIsThatOfTheNodeAtTheDevicesAddress(@TempDir Path nodes) throws IOException {
    node(nodes, "0", "cpu_cores_count 64\ngfx_target_version 0\nlocation_id 0\ndomain 0\n");
    node(nodes, "1", "gfx_target_version 90010\nlocation_id 768\ndomain 0\n");
    node(nodes, "2", "gfx_target_version 100300\nlocation_id 33537\ndomain 1\n");
    KernelDriverTopology topology = new KernelDriverTopology(nodes);
    assertEquals("gfx90a", topology.architecture("0000:03:00.0"));
    assertEquals("gfx1030", topology.architecture("0001:83:00.1"));
    assertNull(topology.architecture("0000:83:00.1"));
    assertNull(topology.architecture("nonsense"));
    assertNull(new KernelDriverTopology(nodes.resolve("absent")).architecture("0000:03:00.0"));
  }

  private static void node(Path nodes, String name, String properties) throws IOException {
    Files.writeString(Files.createDirectory(nodes.resolve(name)).resolve("properties"), properties);
  }

  @Test
  void thisMachineIsAnsweredWithoutAnException() {
    HipBackend backend = new HipBackend();
    OptionValues options = OptionValues.defaults(backend.options());
    Availability answer = backend.availability(options);
    if (answer instanceof Unavailable(String reason, String remedy)) {
      assertTrue(!reason.isBlank() && !remedy.isBlank(), answer.toString());
      assertEquals(answer, backend.availability(options), "the second answer is the first");
    }
  }
}
