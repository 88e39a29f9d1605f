package dev.lockstep.gpu.compiler;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a kernel takes of a multiprocessor, as NVIDIA's assembler counts it.
///
/// NVRTC runs the assembler inside the process and hands through what it says, so neither a GPU nor
/// the toolkit's programs are needed.
///
/// @param kernel its name
/// @param architecture the device it was compiled for: `sm_90`
/// @param registers per thread
/// @param spillStoreBytes written to local memory per thread because registers did not suffice
/// @param spillLoadBytes read back
/// @param stackBytes local memory per thread, spills included
/// @param sharedBytes static shared memory per thread block
public record KernelResources(
    String kernel,
    String architecture,
    int registers,
    int spillStoreBytes,
    int spillLoadBytes,
    int stackBytes,
    int sharedBytes) {
  /// The flag that makes NVRTC's log hold what [#parse] reads.
  public static final String OPTION = "--ptxas-options=-v";

  private static final Pattern ENTRY =
      Pattern.compile("Compiling entry function '([^']+)' for '([^']+)'");
  private static final Pattern STACK =
      Pattern.compile(
          "(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
  private static final Pattern USED = Pattern.compile("Used (\\d+) registers");
  private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

  /// Whether registers did not suffice.
  public boolean spills() {
    return spillStoreBytes > 0 || spillLoadBytes > 0;
  }

  /// The resources of every kernel of a source, in the log's order.
  ///
  /// @throws IllegalStateException if the log does not tell them
  public static List<KernelResources> of(
      RuntimeCompiler compiler, String source, String name, int computeCapability) {
    CompileTarget target = CompileTarget.cubin(computeCapability).with(OPTION);
    List<KernelResources> resources = parse(compiler.compile(source, name, target).log());
    if (resources.isEmpty()) {
      throw new IllegalStateException(
          "%s does not tell the registers of %s for %s"
              .formatted(compiler.identity(), name, target.architecture()));
    }
    return resources;
  }

  /// Reads a log.
  ///
  /// @throws IllegalStateException if an entry is not complete
  static List<KernelResources> parse(String log) {
    List<KernelResources> resources = new ArrayList<>();
    String[] entries = log.split("(?=ptxas info\\s*: Compiling entry function)", -1);
    for (String entry : entries) {
      Matcher head = ENTRY.matcher(entry);
      if (head.find()) {
        resources.add(parse(head.group(1), head.group(2), entry));
      }
    }
    return resources;
  }

  private static KernelResources parse(String kernel, String architecture, String entry) {
    Matcher stack = STACK.matcher(entry);
    Matcher used = USED.matcher(entry);
    if (!stack.find() || !used.find()) {
      throw new IllegalStateException(
          "the assembler's log does not tell the resources of %s:%n%s".formatted(kernel, entry));
    }
    Matcher shared = SHARED.matcher(entry);
    return new KernelResources(
        kernel,
        architecture,
        Integer.parseInt(used.group(1)),
        Integer.parseInt(stack.group(2)),
        Integer.parseInt(stack.group(3)),
        Integer.parseInt(stack.group(1)),
        shared.find() ? Integer.parseInt(shared.group(1)) : 0);
  }
}
