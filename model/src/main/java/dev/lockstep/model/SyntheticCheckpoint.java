package dev.lockstep.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lockstep.api.Gpt2Config;
import dev.lockstep.api.Gpt2Weights;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.api.file.LocalFiles;
import dev.lockstep.model.synthetic.SyntheticShape;
import dev.lockstep.model.synthetic.SyntheticWeights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// A synthetic model as a directory in Hugging Face layout: which bytes it has, and writing them.
final class SyntheticCheckpoint {
  private static final int CHUNK_BYTES = 4 << 20;
  private static final int THREADS = 2;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final SyntheticShape shape;
  private final Map<String, List<Integer>> tensors;
  private final byte[] header;

  SyntheticCheckpoint(SyntheticShape shape) {
    this.shape = shape;
    tensors = new LinkedHashMap<>(Gpt2Weights.shapes(shape.config()));
    tensors.remove("lm_head.weight"); // The head is tied.
    header = header();
  }

  /// The exact length of `model.safetensors`.
  long bytes() {
    return Long.BYTES + header.length + 4 * shape.config().parameterCount();
  }

  /// The length and the JSON of a safetensors header, padded so that the data begins at a multiple
  /// of 64 bytes. Both are part of what the documentation promises, since the file's hash depends
  /// on them.
  private byte[] header() {
    ObjectNode root = JSON.createObjectNode();
    long offset = 0;
    for (Map.Entry<String, List<Integer>> tensor : tensors.entrySet()) {
      ObjectNode entry = root.putObject(tensor.getKey()).put("dtype", "F32");
      tensor.getValue().forEach(entry.putArray("shape")::add);
      long end = offset + 4 * elements(tensor.getValue());
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
    byte[] padded = java.util.Arrays.copyOf(json, json.length + (-json.length - Long.BYTES & 63));
    java.util.Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    return padded;
  }

  private static long elements(List<Integer> shape) {
    return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
  }

  /// Writes `config.json` and `model.safetensors` into a directory.
  void write(Path directory) throws IOException {
    LocalFiles.replace(directory.resolve("config.json"), config().getBytes(StandardCharsets.UTF_8));
    Path file = directory.resolve(CheckpointFiles.SINGLE);
    try (FileChannel channel = LocalFiles.createNew(file)) {
      ByteBuffer head = ByteBuffer.allocate(Long.BYTES + header.length);
      head.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header).flip();
      writeFully(channel, head, 0);
      writeTensors(channel);
      // The rename that follows must not become durable before the data.
      channel.force(true);
    }
  }

  private String config() {
    Gpt2Config c = shape.config();
    return JSON.createObjectNode()
            .put("model_type", "gpt2")
            .put("activation_function", "gelu_new")
            .put("n_layer", c.nLayer())
            .put("n_head", c.nHead())
            .put("n_embd", c.nEmbd())
            .put("n_positions", c.nPositions())
            .put("vocab_size", c.vocabSize())
            .put("layer_norm_epsilon", c.layerNormEpsilon())
            .put("tie_word_embeddings", true)
            .toPrettyString()
        + "\n";
  }

  private void writeTensors(FileChannel channel) throws IOException {
    ExecutorService threads =
        Executors.newFixedThreadPool(THREADS, Thread.ofPlatform().name("synthetic-", 0).factory());
    try {
      List<Future<?>> parts = new ArrayList<>();
      for (int part = 0; part < THREADS; part++) {
        int own = part;
        parts.add(
            threads.submit(
                () -> {
                  writeChunks(channel, own);
                  return null;
                }));
      }
      for (Future<?> part : parts) {
        part.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw new IOException(FileProblem.describe(io), io);
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      threads.shutdownNow();
    }
  }

  /// Writes every [#THREADS]-th chunk, from number `part` on.
  private void writeChunks(FileChannel channel, int part) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    long position = Long.BYTES + header.length;
    int chunk = 0;
    for (Map.Entry<String, List<Integer>> tensor : tensors.entrySet()) {
      SyntheticWeights weights =
          new SyntheticWeights(shape.config(), shape.seed(), tensor.getKey());
      long size = elements(tensor.getValue());
      int step = CHUNK_BYTES / Float.BYTES;
      for (long index = 0; index < size; index += step, chunk++) {
        if (chunk % THREADS == part) {
          weights.fill(index, (int) Math.min(step, size - index), buffer.clear());
          writeFully(channel, buffer.flip(), position + index * Float.BYTES);
        }
      }
      position += size * Float.BYTES;
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes, long position)
      throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }
}
