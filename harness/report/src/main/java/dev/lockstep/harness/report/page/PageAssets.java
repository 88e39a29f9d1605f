package dev.lockstep.harness.report.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Properties;

/// What is the same in every page: our style and script, and D3, which the script draws with. D3
/// comes from its own jar on the class path, so the build file alone says which version it is.
///
/// @param libraryLicence D3's notice, which its licence wants to be kept with it
record PageAssets(String style, String library, String script, String libraryLicence) {
  private static final String OF_LIBRARY = "/META-INF/maven/org.webjars.npm/d3/pom.properties";

  static PageAssets load() {
    String directory = "/META-INF/resources/webjars/d3/" + libraryVersion() + "/";
    return new PageAssets(
        embeddable(read("page.css"), "</style"),
        embeddable(read(directory + "dist/d3.min.js"), "</script"),
        embeddable(read("page.js"), "</script"),
        read(directory + "LICENSE"));
  }

  private static String libraryVersion() {
    Properties properties = new Properties();
    try (InputStream in = open(OF_LIBRARY)) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }

  /// A page's parser ends an element where it finds this.
  private static String embeddable(String text, String end) {
    if (text.contains(end) || text.contains("<!--")) {
      throw new IllegalStateException(
          "a part of the page holds " + end + " or the start of a comment");
    }
    return text;
  }

  private static String read(String resource) {
    try (InputStream in = open(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String resource) {
    InputStream in = PageAssets.class.getResourceAsStream(resource);
    if (in == null) {
      throw new IllegalStateException("the class path has no " + resource);
    }
    return in;
  }

  /// The content security policy: nothing is fetched from anywhere, and no script or style counts
  /// but these.
  String policy() {
    return "default-src 'none'; script-src %s %s; style-src %s; base-uri 'none'; form-action 'none'"
        .formatted(hash(library), hash(script), hash(style));
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
