package dev.lockstep.harness.measurement.fuzz;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// Reads what a safetensors file says, in the most direct way and without a single check.
final class PlainCheckpoint {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private PlainCheckpoint() {}

  /// The weights by name without prefix, as raw fp32 bits.
  static Map<String, int[]> read(byte[] file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int headerLength = (int) bytes.getLong();
    JsonNode header = JSON.readTree(new String(file, 8, headerLength, StandardCharsets.UTF_8));
    Map<String, int[]> tensors = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : header.properties()) {
      String name =
          entry
              .getKey()
              .replaceAll("(^|(?<=\\.))(module|_orig_mod)\\.", "")
              .replaceFirst("^transformer\\.", "");
      if (!name.equals("__metadata__")
          && !name.matches("h\\.\\d+\\.attn\\.(masked_)?bias")
          && !name.matches("(?s)(?!lm_head\\.)([^.]*head[^.]*|score)\\..*")) {
        JsonNode tensor = entry.getValue();
        int begin = 8 + headerLength + tensor.get("data_offsets").get(0).intValue();
        int end = 8 + headerLength + tensor.get("data_offsets").get(1).intValue();
        tensors.put(name, values(bytes, begin, end, tensor.get("dtype").textValue()));
      }
    }
    return tensors;
  }

  private static int[] values(ByteBuffer bytes, int begin, int end, String dtype) {
    int width =
        switch (dtype) {
          case "F64" -> 8;
          case "F32" -> 4;
          default -> 2;
        };
    int[] values = new int[(end - begin) / width];
    for (int i = 0; i < values.length; i++) {
      int at = begin + i * width;
      values[i] =
          switch (dtype) {
            case "F64" -> Float.floatToRawIntBits((float) bytes.getDouble(at));
            case "F32" -> bytes.getInt(at);
            case "F16" -> Float.floatToRawIntBits(Float.float16ToFloat(bytes.getShort(at)));
            case "BF16" -> bytes.getShort(at) << 16;
            default -> throw new IllegalStateException(dtype);
          };
    }
    return values;
  }
}
