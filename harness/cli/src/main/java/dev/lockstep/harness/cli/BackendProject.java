package dev.lockstep.harness.cli;

import dev.lockstep.harness.worker.error.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The Maven project of a plugin, from the templates beside this class: `__id__`, `__Name__` and
/// `__package__` stand for the backend's. What `pom.xml` says of versions the build has filled in.
/// Lines between `__release__` or `__sources__` and `__end__` are for a plugin that is begun with a
/// release or in a checkout.
///
/// @param id `my-backend`
/// @param name what its classes begin with: `My`
/// @param repository the Maven repository that a release brings; null in a checkout
record BackendProject(String id, String name, @Nullable URI repository) {
  private static final Pattern ID = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");
  private static final String SUFFIX = "-backend";

  /// @param path within the project
  record File(String path, byte[] content) {}

  /// @param repository the Maven repository that a release brings; null in a checkout
  /// @throws UserError if the id is none
  static BackendProject of(String id, @Nullable URI repository) {
    if (!ID.matcher(id).matches()) {
      throw UserError.usage(
          "'%s' cannot be a backend's id: it is lower-case letters and digits, with hyphens between them, such as my-backend"
              .formatted(id));
    }
    String stem = id.endsWith(SUFFIX) ? id.substring(0, id.length() - SUFFIX.length()) : id;
    StringBuilder name = new StringBuilder();
    for (String part : stem.split("-", -1)) {
      name.append(part.substring(0, 1).toUpperCase(Locale.ROOT)).append(part.substring(1));
    }
    return new BackendProject(
        id, Character.isDigit(name.charAt(0)) ? "Backend" + name : name.toString(), repository);
  }

  /// A keyword cannot be the last part, which ends in `backend`.
  private String packageName() {
    return "com.example." + name.toLowerCase(Locale.ROOT) + "backend";
  }

  List<File> files() {
    String sources = "src/main/java/" + packageName().replace('.', '/') + "/" + name;
    String tests = sources.replace("/main/", "/test/");
    return List.of(
        file("pom.xml", "pom.xml"),
        file("README.md", "README.md"),
        file(sources + "Backend.java", "Backend.java"),
        file(sources + "Model.java", "Model.java"),
        file(sources + "Session.java", "Session.java"),
        file("src/main/resources/META-INF/services/dev.lockstep.api.Backend", "service"),
        file(tests + "BackendTest.java", "BackendTest.java"));
  }

  private File file(String path, String template) {
    String content =
        chosen(text(template))
            .replace("__id__", id)
            .replace("__Name__", name)
            .replace("__package__", packageName())
            .replace("__repository__", String.valueOf(repository));
    return new File(path, content.getBytes(StandardCharsets.UTF_8));
  }

  private String chosen(String template) {
    String other = repository == null ? "release" : "sources";
    return template
        .replaceAll("(?ms)^__" + other + "__\n.*?^__end__\n", "")
        .replaceAll("(?m)^__(release|sources|end)__\n", "");
  }

  private static String text(String template) {
    try (InputStream in = BackendProject.class.getResourceAsStream("newbackend/" + template)) {
      if (in == null) {
        throw new IllegalStateException("no template " + template);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
