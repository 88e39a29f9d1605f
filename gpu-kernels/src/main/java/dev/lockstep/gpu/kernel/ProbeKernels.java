package dev.lockstep.gpu.kernel;

import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.KernelSource;
import java.util.List;

/// Two kernels that do nothing but approach a limit of the device, and one that fills what the
/// first of them reads: with numbers like weights, for memory that was never written may be
/// answered for without being read, and equal bits cost a device less power.
public final class ProbeKernels {
  /// Independent chains of a thread.
  public static final int CHAINS = 8;

  /// Steps of each chain.
  public static final int ROUNDS = 4096;

  private ProbeKernels() {}

  public static KernelSource source(Dialect dialect) {
    String text =
        KernelGenerator.prelude()
            + """

            /* probe_fill: n times 16 bytes: numbers between 0.5 and 1, no two neighbours alike. */
            KERNEL void probe_fill(GLOBAL float4 *RESTRICT x, int n) {
              for (int i = GROUP * 256 + TID; i < n; i += GROUPS * 256) {
                const unsigned bits = (unsigned) i * 2654435761u;
                float4 v = ZERO4;
                v.x = AS_FLOAT((int) (0x3f000000u | bits >> 9));
                v.y = AS_FLOAT((int) (0x3f000000u | ~bits >> 9));
                v.z = AS_FLOAT((int) (0x3f000000u | (bits * 3u) >> 9));
                v.w = AS_FLOAT((int) (0x3f000000u | (bits * 5u) >> 9));
                x[i] = v;
              }
            }

            /* probe_read: every one of n times 16 bytes once. */
            KERNEL void probe_read(GLOBAL const float4 *RESTRICT x, GLOBAL float *RESTRICT out, int n) {
              float a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f;
              UNROLL(8)
              for (int i = GROUP * 256 + TID; i < n; i += GROUPS * 256) {
                const float4 v = x[i];
                a += v.x; b += v.y; c += v.z; d += v.w;
              }
              out[GROUP * 256 + TID] = (a + b) + (c + d);
            }

            /* probe_fma: eight chains of fused multiply-adds. */
            KERNEL void probe_fma(GLOBAL float *RESTRICT out, int rounds) {
              float a[8];
              const float x = 0.999f + (float) TID * 1e-9f, y = (float) GROUP * 1e-9f;
              for (int j = 0; j < 8; j++) a[j] = (float) j;
              UNROLL(4)
              for (int i = 0; i < rounds; i++) {
                UNROLL(8)
                for (int j = 0; j < 8; j++) a[j] = FMA(a[j], x, y);
              }
              float s = 0.0f;
              for (int j = 0; j < 8; j++) s += a[j];
              out[GROUP * 256 + TID] = s;
            }
            """;
    return new KernelSource(
        "probe." + dialect.word(), dialect, text, List.of("probe_fill", "probe_read", "probe_fma"));
  }
}
