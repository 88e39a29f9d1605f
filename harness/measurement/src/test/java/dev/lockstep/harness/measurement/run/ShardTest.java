package dev.lockstep.harness.measurement.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lockstep.harness.worker.error.UserError;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShardTest {
  @ParameterizedTest
  @CsvSource({"1, 1", "2, 7", "3, 3", "5, 12"})
  void everyForkBelongsToOneShard(int shards, int forks) {
    for (int fork = 1; fork <= forks; fork++) {
      int own = fork;
      assertEquals(
          1, IntStream.rangeClosed(1, shards).filter(i -> new Shard(i, shards).has(own)).count());
    }
    int all = IntStream.rangeClosed(1, shards).map(i -> new Shard(i, shards).count(forks)).sum();
    assertEquals(forks, all);
  }

  @Test
  void itIsReadAsItIsWritten() {
    assertEquals(new Shard(2, 4), Shard.parse("2/4"));
    assertEquals("2/4", new Shard(2, 4).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "2", "0/4", "5/4", "1/0", "a/b", "1/2/3", "-1/2", "9999999/9999999"})
  void whatIsNoneIsRefused(String text) {
    assertThrows(UserError.class, () -> Shard.parse(text));
  }
}
