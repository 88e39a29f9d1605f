package dev.lockstep.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.tokenizer.PreTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.StreamSupport;

/// What `tokenizer.json` puts around the model: normalizer, pre-tokenizer, post-processor and
/// decoder. Those of a byte-level BPE are understood and all others refused by name.
final class TokenizerComponents {
  private final Path file;
  private final int vocabSize;

  TokenizerComponents(Path file, int vocabSize) {
    this.file = file;
    this.vocabSize = vocabSize;
  }

  /// What happens to a text before its pieces are merged.
  ///
  /// @param splits whether it is cut into GPT-2's pieces
  record Splitting(boolean addPrefixSpace, boolean splits) {}

  /// The ids that every text begins and ends with.
  record Frame(List<Integer> before, List<Integer> after) {
    static final Frame NONE = new Frame(List.of(), List.of());
  }

  /// Refuses a normalizer that does something.
  void requireNoNormalizer(JsonNode normalizer) {
    if (!JsonSettings.hasNoEffect(normalizer)) {
      for (JsonNode part : flatten("normalizer", normalizer, "normalizers")) {
        throw notSupported("normalizer", part);
      }
    }
  }

  /// Refuses a decoder that shows tokens otherwise than as their bytes.
  void requireByteLevelDecoder(JsonNode decoder) {
    if (!JsonSettings.hasNoEffect(decoder)) {
      for (JsonNode part : flatten("decoder", decoder, "decoders")) {
        if (!isByteLevel(part)) {
          throw notSupported("decoder", part);
        }
      }
    }
  }

  Splitting splitting(JsonNode preTokenizer) {
    if (JsonSettings.hasNoEffect(preTokenizer)) {
      throw refuse("has no pre_tokenizer; a byte-level BPE has ByteLevel");
    }
    List<JsonNode> parts = flatten("pre_tokenizer", preTokenizer, "pretokenizers");
    boolean splitByExpression = parts.size() == 2 && isGpt2Split(parts.getFirst());
    if (parts.isEmpty()) {
      throw refuse("has an empty pre_tokenizer; a byte-level BPE has ByteLevel");
    }
    for (JsonNode part : splitByExpression ? parts.subList(1, 2) : parts) {
      if (!isByteLevel(part)) {
        throw notSupported("pre_tokenizer", part);
      }
    }
    if (parts.size() > (splitByExpression ? 2 : 1)) {
      throw refuse("has a pre_tokenizer of several ByteLevel, which is not supported");
    }
    JsonNode byteLevel = parts.getLast();
    Boolean prefix =
        JsonSettings.optionalFlag(
            file, "pre_tokenizer.add_prefix_space", byteLevel.path("add_prefix_space"));
    if (prefix == null) {
      throw refuse("lacks pre_tokenizer.add_prefix_space");
    }
    if (splitByExpression && prefix) {
      throw refuse("has a pre_tokenizer with add_prefix_space after Split, which is not supported");
    }
    Boolean byRegex =
        JsonSettings.optionalFlag(file, "pre_tokenizer.use_regex", byteLevel.path("use_regex"));
    boolean splitAgain = byRegex == null || byRegex;
    if (splitByExpression && splitAgain) {
      throw refuse("has a pre_tokenizer with use_regex after Split, which is not supported");
    }
    return new Splitting(prefix, splitByExpression || splitAgain);
  }

  /// `Split` by GPT-2's own expression. Its pieces tile a text, so that it is the same to keep what
  /// matches and to remove what does not.
  private static boolean isGpt2Split(JsonNode part) {
    String behavior = part.path("behavior").asText();
    boolean invert = part.path("invert").asBoolean();
    return part.path("type").asText().equals("Split")
        && part.path("pattern").path("Regex").asText().equals(PreTokenizer.EXPRESSION)
        && ((behavior.equals("Isolated") && !invert) || (behavior.equals("Removed") && invert));
  }

  Frame frame(JsonNode postProcessor) {
    Frame frame = Frame.NONE;
    if (JsonSettings.hasNoEffect(postProcessor)) {
      return frame;
    }
    for (JsonNode part : flatten("post_processor", postProcessor, "processors")) {
      if (isByteLevel(part)) {
        continue;
      }
      if (!frame.equals(Frame.NONE)) {
        throw refuse("has a post_processor that adds tokens twice, which is not supported");
      }
      frame =
          switch (part.path("type").asText()) {
            case "TemplateProcessing" -> template(part);
            case "RobertaProcessing", "BertProcessing" ->
                new Frame(
                    List.of(tokenId("post_processor.cls", part.path("cls").path(1))),
                    List.of(tokenId("post_processor.sep", part.path("sep").path(1))));
            default -> throw notSupported("post_processor", part);
          };
    }
    return frame;
  }

  /// A template for one text: the text, once, between special tokens.
  private Frame template(JsonNode part) {
    List<Integer> before = new ArrayList<>();
    List<Integer> after = new ArrayList<>();
    boolean textSeen = false;
    for (JsonNode piece : part.path("single")) {
      if (piece.path("Sequence").path("id").asText().equals("A") && !textSeen) {
        textSeen = true;
      } else if (piece.path("SpecialToken").path("id").isTextual()) {
        String token = piece.path("SpecialToken").path("id").textValue();
        JsonNode ids = part.path("special_tokens").path(token).path("ids");
        if (!ids.isArray() || ids.isEmpty()) {
          throw refuse("names '%s' in post_processor.single without its ids".formatted(token));
        }
        for (JsonNode id : ids) {
          (textSeen ? after : before).add(tokenId("post_processor, token '" + token + "'", id));
        }
      } else {
        throw refuse("has %s in post_processor.single, which is not supported".formatted(piece));
      }
    }
    if (!textSeen) {
      throw refuse("has a post_processor.single without the text, sequence A");
    }
    return new Frame(before, after);
  }

  private int tokenId(String name, JsonNode id) {
    if (!id.isInt() || id.intValue() < 0 || id.intValue() >= vocabSize) {
      throw refuse(
          String.format(
              Locale.ROOT,
              "%s has the id %s: it must be from 0 to %d, as config.json has vocab_size",
              name,
              id.isMissingNode() ? "missing" : id,
              vocabSize - 1));
    }
    return id.intValue();
  }

  /// A component, or those of a sequence.
  private List<JsonNode> flatten(String name, JsonNode component, String field) {
    if (!component.path("type").isTextual()) {
      throw refuse("has a %s without a type".formatted(name));
    }
    if (!component.path("type").textValue().equals("Sequence")) {
      return List.of(component);
    }
    JsonNode parts = component.path(field);
    if (!parts.isArray()) {
      throw refuse("has a %s of type Sequence without %s".formatted(name, field));
    }
    return StreamSupport.stream(parts.spliterator(), false)
        .flatMap(part -> flatten(name, part, field).stream())
        .toList();
  }

  private static boolean isByteLevel(JsonNode part) {
    return part.path("type").asText().equals("ByteLevel");
  }

  private FormatException notSupported(String name, JsonNode part) {
    return refuse(
        "asks for the %s %s, which is not supported; give prompts as token ids"
            .formatted(name, part.path("type").asText() + details(part)));
  }

  /// What makes one of several components of a type the one that it is.
  private static String details(JsonNode part) {
    JsonNode pattern = part.path("pattern");
    return pattern.isMissingNode() ? "" : " with the pattern " + pattern;
  }

  private FormatException refuse(String problem) {
    return new FormatException(file, problem);
  }
}
