package dev.lockstep.model;

import dev.lockstep.model.format.FormatException;
import dev.lockstep.model.tokenizer.BytePairTokenizer.Merge;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What was learnt: words and merges.
///
/// @param vocabularyFile where the words stand
/// @param mergesFile where the merges stand
/// @param ignoresMerges whether a piece that is a word is its token, whatever the merges say
record BpeModel(
    Path vocabularyFile,
    Path mergesFile,
    Map<String, Integer> ids,
    List<Merge> merges,
    boolean ignoresMerges) {

  /// The words by id. Ids are 0 to n − 1, each once.
  ///
  /// @throws FormatException if they are not, or are more than the model has
  List<String> words(int vocabSize) {
    if (ids.size() > vocabSize) {
      throw refuse("has %d words where config.json has vocab_size %d", ids.size(), vocabSize);
    }
    if (merges.size() > ids.size()) {
      throw new FormatException(
          mergesFile,
          String.format(
              Locale.ROOT, "has more merges than the vocabulary has words, %d", ids.size()));
    }
    String[] words = new String[ids.size()];
    ids.forEach(
        (word, id) -> {
          if (id < 0 || id >= words.length) {
            throw refuse(
                "gives '%s' the id %d: ids must run from 0 to %d without a gap",
                word, id, words.length - 1);
          }
          if (words[id] != null) {
            throw refuse("gives the id %d to both '%s' and '%s'", id, words[id], word);
          }
          words[id] = word;
        });
    return Arrays.asList(words);
  }

  private FormatException refuse(String problem, Object... values) {
    return new FormatException(vocabularyFile, String.format(Locale.ROOT, problem, values));
  }
}
