/// What is handed to a cluster so that it carries out a plan: a job for each shard, and one that
/// puts them together.
@NullMarked
package dev.lockstep.harness.cli.cluster;

import org.jspecify.annotations.NullMarked;
