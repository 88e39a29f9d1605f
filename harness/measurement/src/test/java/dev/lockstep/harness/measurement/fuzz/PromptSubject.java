package dev.lockstep.harness.measurement.fuzz;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.harness.measurement.prompt.Prompt;
import dev.lockstep.harness.measurement.prompt.PromptReader;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.LoadedModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A prompt file, of text or JSON lines, that is damaged.
record PromptSubject(String name, Path file, byte[] original, LoadedModel model)
    implements Subject {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  @Override
  public boolean accepts(byte[] damaged) throws IOException {
    Files.write(file, damaged);
    List<Prompt> prompts;
    try {
      prompts = PromptReader.read(model, List.of(file.toString()), List.of(), false);
    } catch (UserError e) {
      String message = String.valueOf(e.getMessage());
      if (!message.contains(file.toString()) || message.chars().anyMatch(Character::isISOControl)) {
        throw new AssertionError("not a line that names the file: " + message);
      }
      return false;
    }
    List<List<Integer>> said = said(new String(damaged, StandardCharsets.UTF_8));
    List<List<Integer>> read =
        prompts.stream().map(prompt -> Arrays.stream(prompt.ids()).boxed().toList()).toList();
    if (!said.equals(read)) {
      throw new AssertionError("the file says %s, the prompts are %s".formatted(said, read));
    }
    return true;
  }

  private List<List<Integer>> said(String text) throws IOException {
    List<List<Integer>> said = new ArrayList<>();
    for (String line : text.replaceFirst("^\uFEFF", "").split("\r\n|[\r\n]")) {
      if (!line.isBlank()) {
        said.add(file.toString().endsWith(".jsonl") ? saidInJson(line) : encode(line));
      }
    }
    return said;
  }

  private List<Integer> saidInJson(String line) throws IOException {
    JsonNode node = JSON.readTree(line);
    if (node.has("text")) {
      return encode(node.get("text").textValue());
    }
    List<Integer> ids = new ArrayList<>();
    node.get("prompt_ids").forEach(id -> ids.add(id.intValue()));
    return ids;
  }

  private List<Integer> encode(String text) {
    return Arrays.stream(model.tokenizer().encode(text)).boxed().toList();
  }
}
