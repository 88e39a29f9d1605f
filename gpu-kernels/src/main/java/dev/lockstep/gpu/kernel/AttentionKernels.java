package dev.lockstep.gpu.kernel;

import dev.lockstep.api.Gpt2Config;

/// Writes the kernels of causal self-attention over the cache of keys and values.
///
/// A block of 128 keys leaves `hs + 2` floats: the sums of exponential times value, the sum of
/// exponentials, the greatest score. `attend` does it for one query, `attend_tile` for 16 queries
/// of a prompt, with the same operations in the same order; `combine` makes one answer of a row's
/// blocks.
///
/// The barriers between two statements that only some threads execute are for PoCL 3.1: where the
/// first condition implies the second, it loses the first statement.
final class AttentionKernels {
  private final Geometry geometry;
  private final Sizes sizes;

  AttentionKernels(Geometry geometry, Sizes sizes) {
    this.geometry = geometry;
    this.sizes = sizes;
  }

  private static final String ATTEND =
      """
      /* attend: one query; a group takes one head and one block of 128 keys, all that can be seen.
         e = exp(q.k / sqrt(hs) - greatest); leaves sum e v [${HS}], sum e, greatest score.
         keys [${NH}, ${KEY_PANELS}, ${HS}, 32], values [${NH}, ${POSITIONS}, ${HS}]. */
      KERNEL void attend(GLOBAL const float *RESTRICT qkv, GLOBAL const float *RESTRICT keys,
          GLOBAL const float *RESTRICT values, GLOBAL float *RESTRICT partial,
          GLOBAL const int *RESTRICT state${sizes}) {
        ${constants}
        LOCAL_ARRAY float q[${HS}], e[128], part[4 * ${HS}], whole[4], fold[FOLD];
        const int blocks = state[0] / 128 + 1;
        for (int item = GROUP; item < NH * blocks; item += GROUPS) {
          const int block = item % blocks, h = item / blocks;
          const int visible = MIN(state[0] + 1 - block * 128, 128);
          for (int d = TID; d < HS; d += 256) q[d] = qkv[h * HS + d];
          BARRIER();
          /* Scores: lanes are keys, one chain over the channels. */
          float s = MINUS_INFINITY;
          if (TID < visible) {
            GLOBAL const float *k =
                keys + ((size_t) h * KEY_PANELS + block * 4 + TID / 32) * HS * 32 + TID % 32;
            float a = 0.0f;
            ${unrollHead}
            for (int d = 0; d < HS; d++) a = FMA(q[d], k[d * 32], a);
            s = a * ${SCALE};
          }
          const float m = group_max(s, fold);
          if (TID < 128) e[TID] = TID < visible ? exponential(s - m) : 0.0f;
          BARRIER();
          GLOBAL float *p = partial + ((size_t) h * BLOCKS + block) * (HS + 2);
          /* Sums: lanes are channels, a chain for every 32 keys, the four added in order. */
          for (int i = TID; i < 4 * HS; i += 256) {
            const int chunk = i / HS, d = i % HS;
            const int to = MIN(chunk * 32 + 32, visible);
            GLOBAL const float *v = values + ((size_t) h * POSITIONS + block * 128) * HS + d;
            float a = 0.0f;
            ${unroll8}
            for (int t = chunk * 32; t < to; t++) a = FMA(e[t], v[(size_t) t * HS], a);
            part[i] = a;
          }
          BARRIER();
          if (TID < 4) {
            float a = 0.0f;
            for (int t = TID * 32; t < TID * 32 + 32; t++) a += e[t];
            whole[TID] = a;
          }
          BARRIER();
          for (int d = TID; d < HS; d += 256)
            p[d] = part[d] + part[HS + d] + part[2 * HS + d] + part[3 * HS + d];
          if (TID == 0) {
            p[HS] = whole[0] + whole[1] + whole[2] + whole[3];
            p[HS + 1] = m;
          }
          BARRIER();
        }
      }
      """;

  private static final String ATTEND_TILE =
      """
      /* attend_tile: attend for 16 queries of a prompt at once; each key and value that is loaded
         serves all of them. The same bits as attend. */
      KERNEL void attend_tile(GLOBAL const float *RESTRICT qkv, GLOBAL const float *RESTRICT keys,
          GLOBAL const float *RESTRICT values, GLOBAL float *RESTRICT partial,
          GLOBAL const int *RESTRICT state, int rows${sizes}) {
        ${constants}
        /* First queries, then exponentials; 20 floats for 16 queries, so that eight float4 of a
           column are in different banks. */
        LOCAL_ARRAY float q[128 * 20], part[16 * 16], greatest[16], whole[4 * 16];
        LOCAL float *e = q;
        const int tiles = (rows + 15) / 16, blocks = (state[0] + rows - 1) / 128 + 1;
        for (int item = GROUP; item < tiles * NH * blocks; item += GROUPS) {
          const int block = item % blocks, h = item / blocks % NH, first = item / blocks / NH * 16;
          const int here = MIN(rows - first, 16); /* queries of this tile */
          const int seen = state[0] + first + 1 - block * 128; /* keys that query 0 sees */
          /* Scores: a thread has one key and 8 queries. */
          const int key = TID % 128, r0 = TID / 128 * 8;
          float4 a = ZERO4, b = ZERO4;
          for (int d0 = 0; d0 < HS; d0 += 64) {
            const int channels = MIN(HS - d0, 64);
            for (int i = TID; i < 64 * 16; i += 256) {
              const int d = i % 64, r = i / 64;
              q[d * 20 + r] = d < channels && r < here
                  ? qkv[(size_t) (first + r) * 3 * C + h * HS + d0 + d] : 0.0f;
            }
            BARRIER();
            if (key < seen + here - 1) {
              GLOBAL const float *k =
                  keys + (((size_t) h * KEY_PANELS + block * 4 + key / 32) * HS + d0) * 32 + key % 32;
              ${unroll4}
              for (int d = 0; d < channels; d++) {
                LOCAL const float4 *qd = (LOCAL const float4 *) (q + d * 20 + r0);
                const float kd = k[d * 32];
                a = FMA4(qd[0], kd, a);
                b = FMA4(qd[1], kd, b);
              }
            }
            BARRIER();
          }
          a.x = key < seen + r0 ? a.x * ${SCALE} : MINUS_INFINITY;
          a.y = key < seen + r0 + 1 ? a.y * ${SCALE} : MINUS_INFINITY;
          a.z = key < seen + r0 + 2 ? a.z * ${SCALE} : MINUS_INFINITY;
          a.w = key < seen + r0 + 3 ? a.w * ${SCALE} : MINUS_INFINITY;
          b.x = key < seen + r0 + 4 ? b.x * ${SCALE} : MINUS_INFINITY;
          b.y = key < seen + r0 + 5 ? b.y * ${SCALE} : MINUS_INFINITY;
          b.z = key < seen + r0 + 6 ? b.z * ${SCALE} : MINUS_INFINITY;
          b.w = key < seen + r0 + 7 ? b.w * ${SCALE} : MINUS_INFINITY;
          ((LOCAL float4 *) (e + key * 20 + r0))[0] = a;
          ((LOCAL float4 *) (e + key * 20 + r0))[1] = b;
          BARRIER();
          {
            float m = MINUS_INFINITY;
            for (int t = TID / 16 * 8; t < TID / 16 * 8 + 8; t++) m = MAX(m, e[t * 20 + TID % 16]);
            part[TID] = m;
          }
          BARRIER();
          if (TID < 16) {
            float m = part[TID];
            for (int i = 1; i < 16; i++) m = MAX(m, part[i * 16 + TID]);
            greatest[TID] = m;
          }
          BARRIER();
          a.x = key < seen + r0 ? exponential(a.x - greatest[r0]) : 0.0f;
          a.y = key < seen + r0 + 1 ? exponential(a.y - greatest[r0 + 1]) : 0.0f;
          a.z = key < seen + r0 + 2 ? exponential(a.z - greatest[r0 + 2]) : 0.0f;
          a.w = key < seen + r0 + 3 ? exponential(a.w - greatest[r0 + 3]) : 0.0f;
          b.x = key < seen + r0 + 4 ? exponential(b.x - greatest[r0 + 4]) : 0.0f;
          b.y = key < seen + r0 + 5 ? exponential(b.y - greatest[r0 + 5]) : 0.0f;
          b.z = key < seen + r0 + 6 ? exponential(b.z - greatest[r0 + 6]) : 0.0f;
          b.w = key < seen + r0 + 7 ? exponential(b.w - greatest[r0 + 7]) : 0.0f;
          ((LOCAL float4 *) (e + key * 20 + r0))[0] = a;
          ((LOCAL float4 *) (e + key * 20 + r0))[1] = b;
          BARRIER();
          /* Sums: a thread has one channel and 4 queries; a chain for every 32 keys. */
          for (int i = TID; i < 4 * HS; i += 256) {
            const int g = i / HS * 4, d = i % HS;
            GLOBAL const float *v = values + ((size_t) h * POSITIONS + block * 128) * HS + d;
            float4 s = ZERO4;
            for (int chunk = 0; chunk < 4; chunk++) {
              float4 b = ZERO4;
              const int from = chunk * 32;
              const int some = MIN(MIN(seen + here - 1, 128), from + 32);
              const int all = MIN(seen + g, some); /* keys before it all 4 queries see */
              int t = from;
              ${unroll4}
              for (; t < all; t++)
                b = FMA4(*(LOCAL const float4 *) (e + t * 20 + g), v[(size_t) t * HS], b);
              for (; t < some; t++) {
                const float4 f = FMA4(*(LOCAL const float4 *) (e + t * 20 + g), v[(size_t) t * HS], b);
                if (t < seen + g) b.x = f.x;
                if (t < seen + g + 1) b.y = f.y;
                if (t < seen + g + 2) b.z = f.z;
                if (t < seen + g + 3) b.w = f.w;
              }
              if (chunk == 0) s = b; else s = ADD4(s, b);
            }
            GLOBAL float *p =
                partial + ((size_t) ((first + g) * NH + h) * BLOCKS + block) * (HS + 2) + d;
            const size_t next = (size_t) NH * BLOCKS * (HS + 2);
            if (g < here && seen + g > 0) p[0] = s.x;
            if (g + 1 < here && seen + g + 1 > 0) p[next] = s.y;
            if (g + 2 < here && seen + g + 2 > 0) p[2 * next] = s.z;
            if (g + 3 < here && seen + g + 3 > 0) p[3 * next] = s.w;
          }
          BARRIER();
          if (TID < 64) {
            float s = 0.0f;
            for (int t = TID / 16 * 32; t < TID / 16 * 32 + 32; t++) s += e[t * 20 + TID % 16];
            whole[TID] = s;
          }
          BARRIER();
          if (TID < here && seen + TID > 0) {
            GLOBAL float *p =
                partial + ((size_t) ((first + TID) * NH + h) * BLOCKS + block) * (HS + 2);
            p[HS] = whole[TID] + whole[16 + TID] + whole[32 + TID] + whole[48 + TID];
            p[HS + 1] = greatest[TID];
          }
          BARRIER();
        }
      }
      """;

  private static final String COMBINE =
      """
      /* combine: what a row's blocks of keys amount to, for every row and head:
         y = sum_b w_b o_b / sum_b w_b l_b, w_b = exp(greatest of the block - greatest of all). */
      KERNEL void combine(GLOBAL const float *RESTRICT partial, GLOBAL float *RESTRICT y,
          GLOBAL const int *RESTRICT state, int rows${sizes}) {
        ${constants}
        LOCAL_ARRAY float weight[${BLOCKS}];
        for (int item = GROUP; item < rows * NH; item += GROUPS) {
          const int h = item % NH, row = item / NH;
          const int blocks = (state[0] + row) / 128 + 1;
          GLOBAL const float *p = partial + (size_t) item * BLOCKS * (HS + 2);
          float m = MINUS_INFINITY;
          for (int b = 0; b < blocks; b++) m = MAX(m, p[b * (HS + 2) + HS + 1]);
          for (int b = TID; b < blocks; b += 256)
            weight[b] = exponential(p[b * (HS + 2) + HS + 1] - m);
          BARRIER();
          float whole = 0.0f;
          for (int b = 0; b < blocks; b++) whole = FMA(weight[b], p[b * (HS + 2) + HS], whole);
          for (int d = TID; d < HS; d += 256) {
            float s = 0.0f;
            for (int b = 0; b < blocks; b++) s = FMA(weight[b], p[b * (HS + 2) + d], s);
            y[(size_t) row * NH * HS + h * HS + d] = DIV(s, whole);
          }
          BARRIER();
        }
      }
      """;

  private static final String APPEND =
      """
      /* append: keys and values of some rows to the cache, where no product did it. */
      KERNEL void append(GLOBAL const float *RESTRICT qkv, GLOBAL float *RESTRICT keys,
          GLOBAL float *RESTRICT values, GLOBAL const int *RESTRICT state, int rows${sizes}) {
        ${constants}
        for (int i = GROUP * 256 + TID; i < rows * C; i += GROUPS * 256) {
          const int row = i / C, c = i % C, h = c / HS, d = c % HS, at = state[0] + row;
          keys[(((size_t) h * KEY_PANELS + at / 32) * HS + d) * 32 + at % 32] =
              qkv[(size_t) row * 3 * C + C + c];
          values[((size_t) h * POSITIONS + at) * HS + d] = qkv[(size_t) row * 3 * C + 2 * C + c];
        }
      }
      """;

  String attend() {
    return fill(ATTEND);
  }

  String attendTile() {
    return fill(ATTEND_TILE);
  }

  String combine() {
    return fill(COMBINE);
  }

  String append() {
    return fill(APPEND);
  }

  private String fill(String text) {
    Gpt2Config config = geometry.config();
    String all =
        sizes.embedding()
            + sizes.heads()
            + sizes.headSize()
            + sizes.positions()
            + sizes.keyBlocks()
            + sizes.keyPanels();
    String used =
        all.lines()
            .filter(
                line ->
                    text.matches("(?s).*\\b" + line.replaceAll(".* (\\w+) = .*", "$1") + "\\b.*"))
            .reduce("", (lines, line) -> lines + line + "\n");
    return new Template(text)
        .with("constants", sizes.together(used))
        .with("sizes", sizes.parameters())
        .with("HS", config.headSize())
        .with("NH", config.nHead())
        .with("POSITIONS", config.nPositions())
        .with("BLOCKS", geometry.keyBlocks())
        .with("KEY_PANELS", Math.ceilDiv(config.nPositions(), SummationOrder.KEY_CHUNK))
        .with("SCALE", Sizes.literal(SummationOrder.scoreScale(config)))
        .with("unrollHead", sizes.unroll(Math.min(config.headSize(), 16)))
        .with("unroll8", sizes.unroll(8))
        .with("unroll4", sizes.unroll(4))
        .fill();
  }
}
