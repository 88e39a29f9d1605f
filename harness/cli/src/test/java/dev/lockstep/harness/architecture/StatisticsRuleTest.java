package dev.lockstep.harness.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import dev.lockstep.harness.measurement.statistics.Estimators;
import java.util.Arrays;
import java.util.Collections;
import java.util.Set;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.junit.jupiter.api.Test;

/// What was measured keeps its order: nothing may reorder a caller's values in place.
class StatisticsRuleTest {
  private static final JavaClasses CLASSES = MainClasses.ALL;

  private static final Set<String> OF_ARRAYS = Set.of("sort", "parallelSort", "parallelPrefix");
  private static final Set<String> OF_LISTS =
      Set.of("sort", "shuffle", "reverse", "rotate", "swap");

  @Test
  void commonsStatisticsIsCalledByOneClass() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(Estimators.class)
        .and()
        .resideOutsideOfPackage("dev.lockstep.harness.diagnosis..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.commons.statistics..", "org.apache.commons.math..")
        .check(CLASSES);
  }

  /// It stands below the statistics, and asks for a formula; a formula is given no array.
  @Test
  void diagnosisAsksItForTheNormalDistributionAlone() {
    noClasses()
        .that()
        .resideInAPackage("dev.lockstep.harness.diagnosis..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("org.apache.commons.statistics..", "org.apache.commons.math..")
                .and(not(equivalentTo(NormalDistribution.class))))
        .check(CLASSES);
  }

  @Test
  void arraysAndListsAreSortedAsStreamsNotInPlace() {
    noClasses()
        .should()
        .callMethodWhere(
            DescribedPredicate.<JavaCall<?>>describe(
                "it reorders its argument",
                call ->
                    (call.getTargetOwner().isEquivalentTo(Arrays.class)
                            && OF_ARRAYS.contains(call.getName()))
                        || (call.getTargetOwner().isEquivalentTo(Collections.class)
                            && OF_LISTS.contains(call.getName()))))
        .check(CLASSES);
  }
}
