package dev.lockstep.harness.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

/// The classes that the rules are about: those of the distribution, read once.
final class MainClasses {
  /// Tests are left out, also those that another module's tests get as a jar.
  static final JavaClasses ALL =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.lockstep");

  private MainClasses() {}
}
