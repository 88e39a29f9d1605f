package dev.lockstep.harness.cli.cluster;

import java.util.Locale;

/// An Indexed Job for Kubernetes with a pod for each shard, each on a machine of its own. It has
/// never been tried on a cluster.
public final class KubernetesJob {
  private static final int RETRIES_OF_A_SHARD = 2;

  private KubernetesJob() {}

  /// Its manifest, in YAML.
  ///
  /// @param image that has a JDK 25, and Lockstep where the launcher lies
  /// @param claim the persistent volume claim that is mounted at the directory
  public static String manifest(ClusterRun run, String image, String claim) {
    return String.format(
        Locale.ROOT,
        """
        # Never tried on a cluster: read it before you apply it. The plan must lie in the claim, as %7$s,
        # and shards are merged by hand afterwards:
        #   lockstep merge %2$s/shards/*[0-9] -o %2$s/merged
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: lockstep
        spec:
          completions: %1$d
          parallelism: %1$d
          completionMode: Indexed
          backoffLimit: %3$d
          template:
            metadata:
              labels: {job: lockstep}
            spec:
              restartPolicy: Never
              affinity:
                podAntiAffinity: # one shard a machine
                  requiredDuringSchedulingIgnoredDuringExecution:
                    - topologyKey: kubernetes.io/hostname
                      labelSelector:
                        matchLabels: {job: lockstep}
              containers:
                - name: shard
                  image: %4$s
                  command: [bash, -c]
                  args:
                    - |
                      index=$((JOB_COMPLETION_INDEX + 1))
        %5$s          volumeMounts:
                    - {name: results, mountPath: %2$s}
              volumes:
                - name: results
                  persistentVolumeClaim: {claimName: %6$s}
        """,
        run.shards(),
        run.directory(),
        RETRIES_OF_A_SHARD * run.shards(),
        image,
        run.shard("$index").indent(14),
        claim,
        run.plan());
  }
}
