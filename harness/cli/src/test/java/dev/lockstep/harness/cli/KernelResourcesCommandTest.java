package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.gpu.compiler.CompilerFamily;
import dev.lockstep.gpu.compiler.CompilerSearch;
import dev.lockstep.harness.worker.error.ExitCode;
import dev.lockstep.tck.Requirement;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("processes")
class KernelResourcesCommandTest {

  @Test
  void everyKernelOfEveryModelIsARowWithRegistersAndSharedMemory() throws Exception {
    Requirement.require(
        "nvrtc",
        CompilerSearch.find(CompilerFamily.NVRTC) instanceof CompilerSearch.Missing missing
            ? missing.reason()
            : null);
    String odd = "synthetic:n_layer=1:n_head=2:n_embd=34:n_positions=40:vocab_size=101";
    CommandLineProcess.Result result =
        CommandLineProcess.run(
            "kernel-resources", "-m", "shakespeare," + odd, "--architecture", "sm_80");
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    List<String> lines = result.out().lines().toList();
    assertTrue(lines.contains("| kernel | shakespeare | %s |".formatted(odd)), result.out());
    assertTrue(result.out().contains("## sm_80 (A100): "), result.out());
    assertTrue(result.out().contains(", no spills"), result.out());
    List<String> rows = lines.stream().filter(line -> line.startsWith("| `")).toList();
    assertTrue(rows.size() > 10, result.out());
    for (String row : rows) {
      assertTrue(row.matches("\\| `\\w+` (\\| (\\d+ / \\d+|–) ){2}\\|"), row);
    }
  }

  @Test
  void anArchitectureThatIsNotKnownIsAnErrorOfUsage() throws Exception {
    CommandLineProcess.Result result =
        CommandLineProcess.run("kernel-resources", "--architecture", "sm_12");
    assertEquals(ExitCode.USAGE, result.exitCode());
    assertTrue(result.err().contains("sm_12"), result.err());
  }
}
