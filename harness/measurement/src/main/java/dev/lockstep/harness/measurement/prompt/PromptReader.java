package dev.lockstep.harness.measurement.prompt;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lockstep.api.file.FileProblem;
import dev.lockstep.harness.worker.error.ShellWord;
import dev.lockstep.harness.worker.error.UserError;
import dev.lockstep.model.LoadedModel;
import dev.lockstep.model.Models;
import dev.lockstep.model.format.StrictJson;
import dev.lockstep.model.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns what the user wrote into prompts.
///
/// An argument is a text, or a file if it ends in `.txt` or `.jsonl`; what could be meant as
/// another file is refused ([PromptArgument]). A text file holds a prompt a line; a JSONL file an
/// object a line, with `text` or `prompt_ids` and, if wanted, `id`. Blank lines and a byte-order
/// mark are skipped. Halves of characters, which JSON can write and UTF-8 cannot, become `?`, as
/// they do in the tokenizer.
///
/// The built-in set is five prompts on the embedded model, which they were chosen for; on any other
/// model it is the first of them, since the longer ones take minutes where nothing is cached.
public final class PromptReader {
  private static final String BUILT_IN = "/dev/lockstep/model/builtin-prompts.jsonl";

  /// What Java makes of bytes on the command line that are no characters.
  private static final String REPLACEMENT = "\uFFFD";

  /// Some editors begin a file with it; it is no part of the first prompt.
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  /// More is a mistake, such as the name of a checkpoint.
  private static final long MAX_BYTES = 64 << 20;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final LoadedModel model;
  private final boolean parseSpecial;
  private final Map<String, Prompt> prompts = new LinkedHashMap<>();

  private PromptReader(LoadedModel model, boolean parseSpecial) {
    this.model = model;
    this.parseSpecial = parseSpecial;
  }

  /// The prompts that `arguments` and then `texts` stand for, or the built-in set if there are
  /// none.
  ///
  /// @param arguments texts, or files of prompts
  /// @param texts texts, whatever files there are
  /// @param parseSpecial whether special tokens in texts are their tokens, or text
  /// @throws UserError naming the file, the line and what is wrong with it
  public static List<Prompt> read(
      LoadedModel model, List<String> arguments, List<String> texts, boolean parseSpecial) {
    PromptReader reader = new PromptReader(model, parseSpecial);
    if (arguments.isEmpty() && texts.isEmpty()) {
      reader.readBuiltIn();
    }
    for (String argument : arguments) {
      Path file = PromptArgument.file(argument);
      if (file == null) {
        reader.addText(argument);
      } else {
        reader.readFile(file);
      }
    }
    texts.forEach(reader::addText);
    return List.copyOf(reader.prompts.values());
  }

  /// One prompt given as text, whatever files there are.
  ///
  /// @param parseSpecial as for [#read]
  /// @throws UserError if it is empty or the model has no tokenizer
  public static Prompt single(LoadedModel model, String text, boolean parseSpecial) {
    PromptReader reader = new PromptReader(model, parseSpecial);
    reader.addText(text);
    return reader.prompts.values().iterator().next();
  }

  private void addText(String text) {
    if (text.contains(REPLACEMENT)) {
      throw UserError.usage(
          "the prompt '%s' was not valid in this terminal's encoding, or holds U+FFFD: write it as \"text\" in a .jsonl file, in UTF-8"
              .formatted(ShellWord.shortened(text)));
    }
    add(null, text, null, "the prompt '" + ShellWord.shortened(text) + "'");
  }

  private void readBuiltIn() {
    if (!model.hasTokenizer()) {
      throw UserError.usage(
          model.whyNoTokenizer()
              + "; the built-in prompts cannot be used: give a .jsonl file with prompt_ids");
    }
    try (InputStream resource = PromptReader.class.getResourceAsStream(BUILT_IN)) {
      if (resource == null) {
        throw new IllegalStateException("resource " + BUILT_IN + " is missing from the build");
      }
      String text = decode("built-in prompts", resource.readAllBytes());
      boolean embedded = model.argument().equals(Models.DEFAULT);
      readJsonLines("built-in prompts", embedded ? text : text.lines().findFirst().orElseThrow());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void readFile(Path file) {
    byte[] bytes;
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw UserError.error(
            String.format(
                Locale.ROOT,
                "prompt file %s is %d bytes long: more than the limit of %d",
                file,
                size,
                MAX_BYTES));
      }
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw UserError.error(
          "prompt file %s cannot be read: %s".formatted(file, FileProblem.describe(e, file)), e);
    }
    int before = prompts.size();
    String text = decode("prompt file " + file, bytes);
    if (PromptArgument.endsWith(file.toString(), PromptArgument.JSON_LINES)) {
      readJsonLines("prompt file " + file, text);
    } else {
      readTextLines("prompt file " + file, text);
    }
    if (prompts.size() == before) {
      throw UserError.error("prompt file %s holds no prompt".formatted(file));
    }
  }

  private static String decode(String source, byte[] bytes) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    try {
      String text = decoder.decode(buffer).toString();
      return text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw UserError.error(
          String.format(
              Locale.ROOT,
              "%s is not valid UTF-8: byte %d cannot be decoded; save it as UTF-8",
              source,
              buffer.position()));
    }
  }

  private void readTextLines(String source, String text) {
    if (text.indexOf('\0') >= 0) {
      throw UserError.error(
          "%s holds a NUL, so it is hardly UTF-8 text; save it as UTF-8, or write a prompt with a NUL as \\u0000 in a .jsonl file"
              .formatted(source));
    }
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (!line.isBlank()) {
        add(null, line, null, source + ", line " + number);
      }
    }
  }

  private void readJsonLines(String source, String text) {
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (!line.isBlank()) {
        readJson(line, source + ", line " + number);
      }
    }
  }

  private void readJson(String line, String where) {
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (JacksonException e) {
      throw UserError.error("%s is not JSON: %s".formatted(where, StrictJson.problem(e)));
    }
    JsonNode id = node.path("id");
    JsonNode text = node.path("text");
    JsonNode ids = node.path("prompt_ids");
    if (!node.isObject() || text.isTextual() == ids.isArray()) {
      throw UserError.error(
          "%s: an object with either \"text\" or \"prompt_ids\" is needed".formatted(where));
    }
    if (!id.isMissingNode() && !id.isTextual()) {
      throw UserError.error("%s: \"id\" is %s, not a string".formatted(where, id));
    }
    add(
        id.isTextual() ? asUtf8(id.textValue()) : null,
        text.isTextual() ? asUtf8(text.textValue()) : null,
        ids.isArray() ? ids(ids, where) : null,
        where);
  }

  private static String asUtf8(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  private static int[] ids(JsonNode array, String where) {
    List<Integer> ids = new ArrayList<>();
    for (JsonNode id : array) {
      if (!id.isInt()) {
        throw UserError.error("%s: prompt_ids holds %s, not a token id".formatted(where, id));
      }
      ids.add(id.intValue());
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  private void add(@Nullable String id, @Nullable String text, int @Nullable [] ids, String where) {
    if (ids == null && text != null) {
      if (text.isEmpty()) {
        throw UserError.usage("%s is empty: a prompt needs at least one token".formatted(where));
      }
      if (!model.hasTokenizer()) {
        throw UserError.usage(
            model.whyNoTokenizer() + "; give prompts as prompt_ids in a .jsonl file");
      }
      Tokenizer tokenizer = model.tokenizer();
      ids = parseSpecial ? tokenizer.encodeWithSpecialTokens(text) : tokenizer.encode(text);
    }
    if (ids == null || ids.length == 0) {
      throw UserError.usage("%s is empty: a prompt needs at least one token".formatted(where));
    }
    for (int token : ids) {
      if (token < 0 || token >= model.config().vocabSize()) {
        throw UserError.error(
            String.format(
                Locale.ROOT,
                "%s: token id %d is outside the vocabulary [0, %d) of %s",
                where,
                token,
                model.config().vocabSize(),
                model.name()));
      }
    }
    String name = id == null ? "prompt-" + (prompts.size() + 1) : id;
    if (prompts.putIfAbsent(name, new Prompt(name, text, ids)) != null) {
      throw UserError.error("%s: the prompt id '%s' is there twice".formatted(where, name));
    }
  }
}
