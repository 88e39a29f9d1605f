package dev.lockstep.harness.cli.cluster;

import dev.lockstep.harness.worker.error.ShellWord;
import java.nio.file.Path;
import java.util.Locale;

/// A plan and where its shards go.
///
/// @param launcher the command `lockstep`, where every machine of the cluster finds it
/// @param directory absolute, on a file system that all of them share
/// @param shards how many there are
public record ClusterRun(Path launcher, Path directory, int shards) {
  Path plan() {
    return directory.resolve("plan.json");
  }

  Path logs() {
    return directory.resolve("logs");
  }

  /// A shell script that carries out one shard. One that is done is not done again; one that was
  /// cut off starts over, for a fork's backends are compared on one machine.
  ///
  /// @param index what the shell calls the shard's number
  String shard(String index) {
    return String.format(
        Locale.ROOT,
        """
        set -u
        shard=%1$s/%2$s
        [ ! -e "$shard" ] || exit 0
        rm -rf "$shard.unfinished"
        %3$s run --plan %4$s --shard "%2$s/%5$d" -o "$shard.unfinished"
        status=$?
        # Without its plan, which is written last, it was cut off or failed.
        [ -e "$shard.unfinished/plan.json" ] || exit $((status == 0 ? 1 : status))
        mv "$shard.unfinished" "$shard"
        exit $status
        """,
        word(directory.resolve("shards")),
        index,
        word(launcher),
        word(plan()),
        shards);
  }

  /// A shell script that puts the shards together.
  String merge() {
    return String.format(
        Locale.ROOT,
        """
        set -u
        merged=%1$s/merged
        rm -rf "$merged.new"
        %2$s merge %1$s/shards/*[0-9] -o "$merged.new" || exit $?
        rm -rf "$merged"
        mv "$merged.new" "$merged"
        """,
        word(directory),
        word(launcher));
  }

  private static String word(Path path) {
    return ShellWord.quoted(path.toString());
  }
}
