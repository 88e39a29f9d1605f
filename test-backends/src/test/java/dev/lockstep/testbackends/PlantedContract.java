package dev.lockstep.testbackends;

import dev.lockstep.api.Backend;
import dev.lockstep.tck.BackendContract;
import dev.lockstep.tck.Golden;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestSource;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// The contract, run on a backend that breaks it. Not a test by itself: it is meant to fail.
class PlantedContract extends BackendContract {
  private static @Nullable Backend planted;

  @Override
  public Backend backend() {
    return Objects.requireNonNull(planted);
  }

  /// The random models alone: they are small.
  @Override
  public List<Golden> goldens() {
    return Golden.all().stream().filter(g -> !g.name().startsWith("shakespeare")).toList();
  }

  @Override
  public boolean promisesBitIdenticalBatches() {
    return true;
  }

  /// The names of the laws that a backend breaks, in alphabetical order.
  static synchronized Set<String> brokenLaws(Backend backend) {
    planted = backend;
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClass(PlantedContract.class))
            .build();
    Launcher launcher = LauncherFactory.create();
    Failures failures = new Failures();
    launcher.execute(request, failures);
    return failures.laws;
  }

  private static final class Failures implements TestExecutionListener {
    final Set<String> laws = new TreeSet<>();

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      if (result.getStatus() == TestExecutionResult.Status.FAILED) {
        TestSource source = test.getSource().orElseThrow();
        laws.add(source instanceof MethodSource method ? method.getMethodName() : "" + source);
      }
    }
  }
}
