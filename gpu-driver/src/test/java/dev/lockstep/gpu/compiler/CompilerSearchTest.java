package dev.lockstep.gpu.compiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The order of the search, on a file system made up for it, with a loader that opens what exists
/// there.
class CompilerSearchTest {
  @TempDir Path root;

  private final Map<String, String> environment = new HashMap<>();
  private final Map<String, String> properties = new HashMap<>();
  private final List<String> opened = new ArrayList<>();
  private List<String> onLoadersPath = List.of();
  private List<String> refused = List.of();
  private int driverMajor = Integer.MAX_VALUE;

  private Path file(String name) throws IOException {
    Path file = root.resolve(name.substring(1));
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "library");
  }

  private CompilerSearch search(CompilerFamily family) {
    return new CompilerSearch(
        family,
        new LibrarySearchPath(root, environment, properties::get),
        library -> {
          boolean there =
              library.startsWith("/")
                  ? Files.exists(Path.of(library))
                  : onLoadersPath.contains(library);
          if (!there || refused.contains(library)) {
            throw new IllegalArgumentException("Cannot open library: " + library);
          }
          opened.add(library);
          return name -> Optional.empty();
        },
        driverMajor);
  }

  private String found(CompilerFamily family) {
    CompilerSearch.OpenLibrary library = search(family).open();
    assertNotNull(library);
    return library.location().replace(root.toString(), "");
  }

  @Test
  void theLoadersPathComesBeforeDirectories() throws IOException {
    file("/usr/local/cuda/lib64/libnvrtc.so.13");
    onLoadersPath = List.of("libnvrtc.so.12", "libnvrtc.so.11.2");
    assertEquals("libnvrtc.so.12", found(CompilerFamily.NVRTC));
  }

  @Test
  void aCompilerThatIsNewerThanTheDriverIsTheLastChoice() throws IOException {
    driverMajor = 12;
    onLoadersPath = List.of("libnvrtc.so.13");
    assertEquals("libnvrtc.so.13", found(CompilerFamily.NVRTC));
    String older = "/usr/lib/python3/dist-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12";
    file(older);
    assertEquals(older, found(CompilerFamily.NVRTC));
    file("/both/libnvrtc.so.13");
    file("/both/libnvrtc.so.11.2");
    environment.put("LOCKSTEP_NVRTC", "/both");
    assertEquals("/both/libnvrtc.so.11.2", found(CompilerFamily.NVRTC));
    environment.put("LOCKSTEP_NVRTC", "/both/libnvrtc.so.13");
    assertEquals("/both/libnvrtc.so.13", found(CompilerFamily.NVRTC));
    environment.clear();
    driverMajor = 13;
    assertEquals("libnvrtc.so.13", found(CompilerFamily.NVRTC));
  }

  @Test
  void theSiblingIsOpenedFirstByItsFullPath() throws IOException {
    Path builtins = file("/usr/local/cuda-12.6/lib64/libnvrtc-builtins.so.12.6");
    Path library = file("/usr/local/cuda-12.6/lib64/libnvrtc.so.12");
    found(CompilerFamily.NVRTC);
    assertEquals(List.of(builtins.toString(), library.toString()), opened);
  }

  @Test
  void theNewestToolkitWins() throws IOException {
    file("/usr/local/cuda-12.4/lib64/libnvrtc.so.12");
    file("/usr/local/cuda-12.6/lib64/libnvrtc.so.12");
    assertEquals("/usr/local/cuda-12.6/lib64/libnvrtc.so.12", found(CompilerFamily.NVRTC));
  }

  @Test
  void pythonsPackagesAreTheLastPlace() throws IOException {
    file("/opt/conda/lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
    assertEquals(
        "/opt/conda/lib/python3.11/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12",
        found(CompilerFamily.NVRTC));
    file("/usr/lib/x86_64-linux-gnu/libnvrtc.so.11.2");
    assertEquals("/usr/lib/x86_64-linux-gnu/libnvrtc.so.11.2", found(CompilerFamily.NVRTC));
  }

  @Test
  void theActivePythonComesBeforeTheSystems() throws IOException {
    file("/usr/local/lib/python3.12/dist-packages/nvidia/cu13/lib/libnvrtc.so.13");
    file("/home/me/venv/lib/python3.12/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
    environment.put("VIRTUAL_ENV", "/home/me/venv");
    assertTrue(found(CompilerFamily.NVRTC).startsWith("/home/me/venv/"));
    environment.clear();
    assertTrue(found(CompilerFamily.NVRTC).startsWith("/usr/local/"));
    file("/srv/python/bin/python3");
    file("/srv/python/lib/python3.12/site-packages/nvidia/cuda_nvrtc/lib/libnvrtc.so.12");
    environment.put("PATH", "/bin:/srv/python/bin:");
    assertTrue(found(CompilerFamily.NVRTC).startsWith("/srv/python/"));
  }

  @Test
  void anActiveCondaEnvironmentsOwnComesBeforeTheSystems() throws IOException {
    file("/usr/local/cuda/lib64/libnvrtc.so.12");
    file("/home/me/conda/lib/libnvrtc.so.12");
    assertEquals("/usr/local/cuda/lib64/libnvrtc.so.12", found(CompilerFamily.NVRTC));
    environment.put("CONDA_PREFIX", "/home/me/conda");
    assertEquals("/home/me/conda/lib/libnvrtc.so.12", found(CompilerFamily.NVRTC));
  }

  @Test
  void redHatsPythonKeepsNativePackagesApart() throws IOException {
    String library = "/usr/local/lib64/python3.12/site-packages/nvidia/cu13/lib/libnvrtc.so.13";
    file(library);
    assertEquals(library, found(CompilerFamily.NVRTC));
  }

  @Test
  void whoNamesALibraryGetsThatOne() throws IOException {
    file("/mine/libnvrtc.so.12");
    file("/usr/local/cuda/lib64/libnvrtc.so.13");
    onLoadersPath = List.of("libnvrtc.so.13");
    environment.put("LOCKSTEP_NVRTC", "/mine/libnvrtc.so.12");
    assertEquals("/mine/libnvrtc.so.12", found(CompilerFamily.NVRTC));
    environment.put("LOCKSTEP_NVRTC", "/mine");
    assertEquals("/mine/libnvrtc.so.12", found(CompilerFamily.NVRTC));
    properties.put("lockstep.nvrtc", "/usr/local/cuda/lib64");
    assertEquals("/usr/local/cuda/lib64/libnvrtc.so.13", found(CompilerFamily.NVRTC));
  }

  @Test
  void aNamedLibraryThatIsNotThereIsNotReplacedByAnother() throws IOException {
    file("/usr/local/cuda/lib64/libnvrtc.so.13");
    environment.put("LOCKSTEP_NVRTC", "/mine/libnvrtc.so.12");
    assertNull(search(CompilerFamily.NVRTC).open());
    CompilerSearch.Missing missing = (CompilerSearch.Missing) search(CompilerFamily.NVRTC).find();
    assertTrue(
        missing.reason().contains("/mine/libnvrtc.so.12 (LOCKSTEP_NVRTC)"), missing.reason());
  }

  @Test
  void aLibraryThatTheLoaderRefusesIsPassedOver() throws IOException {
    refused = List.of(file("/usr/local/cuda/lib64/libnvrtc.so.13").toString());
    file("/usr/lib/x86_64-linux-gnu/libnvrtc.so.11.2");
    assertEquals("/usr/lib/x86_64-linux-gnu/libnvrtc.so.11.2", found(CompilerFamily.NVRTC));
  }

  @Test
  void hiprtcIsAlsoFoundInsideTheRuntime() throws IOException {
    file("/opt/rocm-5.7.0/lib/libamdhip64.so.5");
    assertEquals("/opt/rocm-5.7.0/lib/libamdhip64.so.5", found(CompilerFamily.HIPRTC));
    file("/opt/rocm-6.2.0/lib/libhiprtc.so.6");
    assertEquals("/opt/rocm-6.2.0/lib/libhiprtc.so.6", found(CompilerFamily.HIPRTC));
  }

  @Test
  void whereThereIsNoneTheReasonIsShortAndTheRemedyAWayOut() throws IOException {
    CompilerSearch.Missing missing = (CompilerSearch.Missing) search(CompilerFamily.NVRTC).find();
    assertEquals(
        "nvrtc was not found: there is no libnvrtc.so.13, libnvrtc.so.12, libnvrtc.so.11.2 on the"
            + " loader's path, in its installations' directories or in Python's packages",
        missing.reason());
    assertTrue(missing.remedy().contains("LOCKSTEP_NVRTC"), missing.remedy());
    assertTrue(missing.remedy().contains("libnvrtc11.2"), missing.remedy());
    assertTrue(missing.remedy().length() < 300, missing.remedy());
    Path broken = file("/usr/local/cuda/lib64/libnvrtc.so.13");
    refused = List.of(broken.toString());
    CompilerSearch.Missing bad = (CompilerSearch.Missing) search(CompilerFamily.NVRTC).find();
    assertEquals(missing.reason() + "; the loader refused " + broken, bad.reason());
  }

  @Test
  void allPlacesAreListedWhereTheyAreAskedFor() {
    environment.put("CONDA_PREFIX", "/home/me/conda");
    List<String> places = search(CompilerFamily.NVRTC).places();
    assertEquals(
        List.of("the loader's path", "/home/me/conda/lib", "/usr/local/cuda*/lib64"),
        places.subList(0, 3));
    assertTrue(places.contains("/usr/lib/python3*/dist-packages/nvidia/cuda_nvrtc/lib"));
    environment.put("LOCKSTEP_NVRTC", "/mine");
    assertEquals(List.of("/mine (LOCKSTEP_NVRTC)"), search(CompilerFamily.NVRTC).places());
  }

  @Test
  void aLibraryWithoutTheFunctionsIsAReasonNotAnException() throws IOException {
    file("/usr/local/cuda/lib64/libnvrtc.so.13");
    CompilerSearch.Missing missing = (CompilerSearch.Missing) search(CompilerFamily.NVRTC).find();
    assertTrue(missing.reason().startsWith("nvrtc cannot be used: "), missing.reason());
  }
}
