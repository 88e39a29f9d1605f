package dev.lockstep.tck;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.Models;
import dev.lockstep.model.golden.GoldenFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A golden file of the kit together with its model: the embedded one, or one of the random models
/// of odd shapes and formats that `tools/reference/make_goldens.py` writes.
///
/// @param name for test reports
/// @param file what the reference answered
/// @param model opens the model, which the caller closes
public record Golden(String name, GoldenFile file, ModelSource model) {

  /// Opens a model and checks that the golden file was recorded from it.
  @FunctionalInterface
  public interface ModelSource {
    LoadedModel open();
  }

  private static final String RESOURCES = "/dev/lockstep/tck/";

  private static List<Golden> all = List.of();

  /// Every golden file there is. The models are unpacked to a temporary directory once.
  public static synchronized List<Golden> all() {
    if (all.isEmpty()) {
      List<Golden> found = new ArrayList<>();
      found.add(embedded("shakespeare, built-in prompts", GoldenFile.embedded()));
      found.add(embedded("shakespeare", read(RESOURCES + "goldens/shakespeare.json")));
      found.addAll(randomModels());
      all = List.copyOf(found);
    }
    return all;
  }

  private static Golden embedded(String name, GoldenFile file) {
    return new Golden(name, file, () -> Models.open(Models.DEFAULT));
  }

  private static List<Golden> randomModels() {
    try (InputStream in = open(RESOURCES + "models/index.json")) {
      Path directory = LocalFiles.createTemporaryDirectory("lockstep-tck");
      LocalFiles.deleteAtExit(directory);
      List<Golden> found = new ArrayList<>();
      for (JsonNode model : new ObjectMapper().readTree(in)) {
        String name = model.path("name").textValue();
        Path unpacked = unpack(directory.resolve(name), name, model.path("files"));
        GoldenFile golden = read(RESOURCES + "goldens/" + name + ".json");
        found.add(new Golden(name, golden, () -> Models.open(unpacked.toString())));
      }
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path unpack(Path directory, String name, JsonNode files) throws IOException {
    LocalFiles.createDirectory(directory);
    LocalFiles.deleteAtExit(directory);
    for (JsonNode file : files) {
      Path target = directory.resolve(file.textValue());
      try (InputStream in = open(RESOURCES + "models/" + name + "/" + file.textValue())) {
        LocalFiles.copy(in, target);
      }
      LocalFiles.deleteAtExit(target);
    }
    return directory;
  }

  private static GoldenFile read(String resource) {
    try (InputStream in = open(resource)) {
      return GoldenFile.read(in, resource);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String resource) throws IOException {
    InputStream in = Golden.class.getResourceAsStream(resource);
    if (in == null) {
      throw new FileNotFoundException("resource " + resource);
    }
    return in;
  }

  /// Opens the model and checks that the file was recorded from it.
  public LoadedModel openModel() {
    LoadedModel opened = model.open();
    try {
      file.requireModel(opened.sha256(), opened.config());
      return opened;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
