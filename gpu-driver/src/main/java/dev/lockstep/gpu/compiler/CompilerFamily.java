package dev.lockstep.gpu.compiler;

import java.util.List;
import java.util.Locale;

/// A vendor's runtime compiler: what its library is called and where installations put it.
public enum CompilerFamily {
  /// NVIDIA's. The names are those of CUDA 13, of 12, and of 11.2 up to 11.8.
  NVRTC(
      "nvrtc",
      List.of("libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2"),
      "libnvrtc-builtins.so*",
      List.of("/usr/local/cuda*/lib64", "/opt/cuda/lib64", Places.MULTIARCH),
      List.of("nvidia/cu13/lib", "nvidia/cuda_nvrtc/lib"),
      "install the CUDA toolkit's NVRTC (Debian: libnvrtc11.2 and libnvrtc-builtins11.8 from"
          + " non-free; Python: nvidia-cuda-nvrtc)"),

  /// AMD's. Since ROCm 6 it is a library of its own; before, it was also a part of the HIP runtime,
  /// which is how Debian ships it.
  HIPRTC(
      "hiprtc",
      List.of(
          "libhiprtc.so.7",
          "libhiprtc.so.6",
          "libhiprtc.so.5",
          "libamdhip64.so.6",
          "libamdhip64.so.5"),
      "",
      List.of("/opt/rocm*/lib", Places.MULTIARCH),
      List.of("_rocm_sdk_core/lib"),
      "install ROCm's hiprtc (Debian: libamdhip64-5)");

  private final String prefix;
  private final List<String> fileNames;
  private final String companions;
  private final List<String> directories;
  private final List<String> pythonDirectories;
  private final String remedy;

  CompilerFamily(
      String prefix,
      List<String> fileNames,
      String companions,
      List<String> directories,
      List<String> pythonDirectories,
      String remedy) {
    this.prefix = prefix;
    this.fileNames = fileNames;
    this.companions = companions;
    this.directories = directories;
    this.pythonDirectories = pythonDirectories;
    this.remedy = remedy;
  }

  /// What every function's name begins with, and the word for the compiler in `LOCKSTEP_REQUIRE`.
  public String prefix() {
    return prefix;
  }

  /// The system property that names the library file or its directory.
  public String property() {
    return "lockstep." + prefix;
  }

  /// The environment variable that does the same.
  public String variable() {
    return "LOCKSTEP_" + prefix.toUpperCase(Locale.ROOT);
  }

  /// What to do where it was not found.
  public String remedy() {
    return "%s, or name the library with %s or -D%s; `lockstep backends --places` lists where it is looked for"
        .formatted(remedy, variable(), property());
  }

  /// File names, the preferred first.
  List<String> fileNames() {
    return fileNames;
  }

  /// The major version that a file name tells: 12 of `libnvrtc.so.12`, 11 of `libnvrtc.so.11.2`.
  static int major(String fileName) {
    return Integer.parseInt(fileName.replaceFirst(".*\\.so\\.", "").replaceFirst("\\..*", ""));
  }

  /// A pattern of the libraries that lie beside this one and must be opened before it: it looks for
  /// them by their bare name, which the loader only knows if its directory is on the loader's path.
  /// Empty if there are none.
  String companions() {
    return companions;
  }

  /// Patterns of the directories where installations put it.
  List<String> directories() {
    return directories;
  }

  /// Where Python packages put it, below a `site-packages`.
  List<String> pythonDirectories() {
    return pythonDirectories;
  }

  private static final class Places {
    static final String MULTIARCH = "/usr/lib/*-linux-gnu";
  }
}
