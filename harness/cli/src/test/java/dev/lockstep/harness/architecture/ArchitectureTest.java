package dev.lockstep.harness.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import dev.lockstep.api.Backend;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private static final JavaClasses CLASSES = MainClasses.ALL;

  private static final String HARNESS = "dev.lockstep.harness..";

  @Test
  void backendsDoNotDependOnTheHarnessOrOnModels() {
    noClasses()
        .that()
        .resideInAPackage("dev.lockstep.backend..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(HARNESS, "dev.lockstep.model..")
        .check(CLASSES);
  }

  @Test
  void theHarnessKnowsNoBackendByItsClass() {
    noClasses()
        .that()
        .resideInAPackage(HARNESS)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.lockstep.backend..")
        .check(CLASSES);
  }

  @Test
  void theApiDependsOnTheJdkAlone() {
    classes()
        .that()
        .resideInAPackage("dev.lockstep.api..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("dev.lockstep.api..", "java..", "org.jspecify.annotations..")
        .check(CLASSES);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.lockstep.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyTheCommandLineWritesToTheTerminal() {
    noClasses()
        .that(
            not(
                resideInAnyPackage(
                    "dev.lockstep.harness.cli..",
                    "dev.lockstep.harness.worker..",
                    "dev.lockstep.testbackends..")))
        .should(ACCESS_STANDARD_STREAMS)
        .check(CLASSES);
  }

  @Test
  void providersLinkNoIncubatorOrNativeType() {
    noClasses()
        .that()
        .implement(Backend.class)
        .and(not(resideInAPackage("dev.lockstep.testbackends..")))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jdk.incubator..", "java.lang.foreign..", "jcuda..", "org.jocl..")
        .check(CLASSES);
  }
}
