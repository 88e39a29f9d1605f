package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.harness.worker.error.ExitCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a user learns of how a checkpoint was read.
@Tag("processes")
class ModelNotesTest extends VerifyCase {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// The model with a classifier beside it, as a reward model has it.
  private Path withClassifier() throws IOException {
    Path copy = Files.createDirectory(directory.resolve("classifier"));
    Files.copy(Path.of(model, "config.json"), copy.resolve("config.json"));
    ByteBuffer file =
        ByteBuffer.wrap(Files.readAllBytes(Path.of(model, "model.safetensors")))
            .order(ByteOrder.LITTLE_ENDIAN);
    byte[] header = new byte[Math.toIntExact(file.getLong())];
    file.get(header);
    ObjectNode tensors = (ObjectNode) JSON.readTree(header);
    int end = file.remaining();
    ObjectNode score = tensors.putObject("score.weight").put("dtype", "F32");
    score.putArray("shape").add(1);
    score.putArray("data_offsets").add(end).add(end + Float.BYTES);
    byte[] json = tensors.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer changed =
        ByteBuffer.allocate(Long.BYTES + json.length + end + Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    changed.putLong(json.length).put(json).put(file);
    Files.write(copy.resolve("model.safetensors"), changed.array());
    return copy;
  }

  @Test
  void notesOnTheCheckpointReachTheTerminalAndTheRecord() throws Exception {
    Path prompts = directory.resolve("prompts.jsonl");
    Files.writeString(prompts, "{\"prompt_ids\": [1, 2]}\n");
    String command = "run -m %s -b kvcache -n 2 -r 1 -w 0 -o %s %s";
    CommandLineProcess.Result result =
        CommandLineProcess.run(command.formatted(withClassifier(), output(), prompts).split(" "));
    assertEquals(ExitCode.OK, result.exitCode(), result.err());
    List<String> notes =
        result.err().lines().filter(line -> line.contains("score.weight")).toList();
    assertEquals(1, notes.size(), result.err());
    assertTrue(notes.getFirst().startsWith("note: classifier: ignored"), notes.getFirst());
    JsonNode environment = JSON.readTree(output().resolve("environment.json").toFile());
    JsonNode recorded = environment.at("/model/notes");
    assertEquals(1, recorded.size(), recorded.toString());
    assertTrue(recorded.get(0).textValue().contains("score.weight"), recorded.toString());
  }
}
