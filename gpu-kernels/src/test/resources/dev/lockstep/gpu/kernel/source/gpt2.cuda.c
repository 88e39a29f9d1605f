/* GPT-2: 12 blocks, 12 heads, width 768, 1024 positions, vocabulary 50257.
   CUDA C for a GPU with 132 compute units; fused, sizes are literals. Generated; one order of arithmetic everywhere. */
/* ---- Dialect: one text, three compilers ------------------------------------------------------ */
#if defined(__OPENCL_VERSION__) || defined(__OPENCL_C_VERSION__)
#pragma OPENCL FP_CONTRACT OFF
#define KERNEL __kernel __attribute__((reqd_work_group_size(256, 1, 1)))
#define KERNEL_PAIR KERNEL
/* Inlined by the front end: PoCL 3.1's later passes can crash on a barrier in a function. */
#define FN static inline __attribute__((always_inline))
#define GLOBAL __global
#define LOCAL __local
#define LOCAL_ARRAY __local __attribute__((aligned(64)))
#define RESTRICT restrict
#define TID ((int) get_local_id(0))
#define GROUP ((int) get_group_id(0))
#define GROUPS ((int) get_num_groups(0))
#define BARRIER() barrier(CLK_LOCAL_MEM_FENCE)
#define FMA(a, b, c) fma((a), (b), (c))
#define DIV(a, b) ((a) / (b)) /* -cl-fp32-correctly-rounded-divide-sqrt */
#define SQRT(x) sqrt(x)
#define MAX(a, b) fmax((a), (b))
#define AS_FLOAT(i) as_float(i)
#define AS_INT(x) as_int(x)
#define UNROLL(n) __attribute__((opencl_unroll_hint(n)))
#define ZERO1 0.0f
#define ZERO2 ((float2) (0.0f))
#define ZERO4 ((float4) (0.0f))
#define ZERO8 ((float8) (0.0f))
#define ZERO16 ((float16) (0.0f))
#define ADD4(a, b) ((a) + (b))
#define FMA1(w, x, a) fma((w), (x), (a))
#define FMA2(w, x, a) fma((w), (float2) (x), (a))
#define FMA4(w, x, a) fma((w), (float4) (x), (a))
#define FMA8(w, x, a) fma((w), (float8) (x), (a))
#define FMA16(w, x, a) fma((w), (float16) (x), (a))
#else
/* One group a multiprocessor is enough: asked for no more, ptxas spills nothing to make room. */
#define KERNEL extern "C" __global__ __launch_bounds__(256, 1)
/* Two: one multiplies while the other waits for its loads. */
#define KERNEL_PAIR extern "C" __global__ __launch_bounds__(256, 2)
#define FN static __device__ __forceinline__
#define GLOBAL
#define LOCAL
#define LOCAL_ARRAY __shared__ __align__(16)
#define RESTRICT __restrict__
#define TID ((int) threadIdx.x)
#define GROUP ((int) blockIdx.x)
#define GROUPS ((int) gridDim.x)
#define BARRIER() __syncthreads()
#if defined(__HIP__) || defined(__HIPCC__) || defined(__HIPCC_RTC__)
#define FMA(a, b, c) fmaf((a), (b), (c))
#define DIV(a, b) ((a) / (b)) /* hipcc rounds both correctly unless told otherwise */
#define SQRT(x) sqrtf(x)
/* The value of the lane m lanes away, in each 32 lanes. */
#define SHUFFLE_XOR(v, m) __shfl_xor((v), (m), 32)
#else
#define FMA(a, b, c) __fmaf_rn((a), (b), (c))
#define DIV(a, b) __fdiv_rn((a), (b))
#define SQRT(x) __fsqrt_rn(x)
#define SHUFFLE_XOR(v, m) __shfl_xor_sync(0xffffffffu, (v), (m), 32)
#endif
#define MAX(a, b) fmaxf((a), (b))
#define AS_FLOAT(i) __int_as_float(i)
#define AS_INT(x) __float_as_int(x)
#define UNROLL_TEXT(x) _Pragma(#x)
#define UNROLL(n) UNROLL_TEXT(unroll n)
#define ZERO1 0.0f
#define ZERO2 make_float2(0.0f, 0.0f)
#define ZERO4 make_float4(0.0f, 0.0f, 0.0f, 0.0f)
FN float4 ADD4(float4 a, float4 b) {
  return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w);
}
FN float FMA1(float w, float x, float a) { return FMA(w, x, a); }
FN float2 FMA2(float2 w, float x, float2 a) { return make_float2(FMA(w.x, x, a.x), FMA(w.y, x, a.y)); }
FN float4 FMA4(float4 w, float x, float4 a) {
  return make_float4(FMA(w.x, x, a.x), FMA(w.y, x, a.y), FMA(w.z, x, a.z), FMA(w.w, x, a.w));
}
#endif
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MINUS_INFINITY AS_FLOAT((int) 0xff800000)

/* ---- Arithmetic: the same bits on every device ----------------------------------------------- */

/* Sums over 256 threads: in each 32 lanes a tree (16, 8, 4, 2, 1 apart), then the eight sums in
   ascending order. Every thread gets the result; fold is free again afterwards. */
#ifdef SHUFFLE_XOR
#define FOLD 8
#define WAVE_TREE(op)                                                                              \
  v = op(v, SHUFFLE_XOR(v, 16)); v = op(v, SHUFFLE_XOR(v, 8)); v = op(v, SHUFFLE_XOR(v, 4));       \
  v = op(v, SHUFFLE_XOR(v, 2)); v = op(v, SHUFFLE_XOR(v, 1));                                      \
  if (TID % 32 == 0) fold[TID / 32] = v;                                                           \
  BARRIER();                                                                                       \
  LOCAL float *s = fold;
#else
#define FOLD 264
#define WAVE_TREE(op)                                                                              \
  fold[TID] = v;                                                                                   \
  BARRIER();                                                                                       \
  if (TID % 32 == 0) {                                                                             \
    LOCAL float *t = fold + TID;                                                                   \
    for (int i = 0; i < 16; i++) t[i] = op(t[i], t[i + 16]);                                       \
    for (int i = 0; i < 8; i++) t[i] = op(t[i], t[i + 8]);                                         \
    for (int i = 0; i < 4; i++) t[i] = op(t[i], t[i + 4]);                                         \
    fold[256 + TID / 32] = op(op(t[0], t[2]), op(t[1], t[3]));                                     \
  }                                                                                                \
  BARRIER();                                                                                       \
  LOCAL float *s = fold + 256;
#endif
#define ADD(a, b) ((a) + (b))
FN float group_sum(float v, LOCAL float *fold) {
  WAVE_TREE(ADD)
  float r = s[0];
  for (int i = 1; i < 8; i++) r += s[i];
  BARRIER();
  return r;
}
FN float group_max(float v, LOCAL float *fold) {
  WAVE_TREE(MAX)
  float r = s[0];
  for (int i = 1; i < 8; i++) r = MAX(r, s[i]);
  BARRIER();
  return r;
}

/* e^x within 1 ulp for |x| <= 87, clamped there: x = n ln 2 + r; e^r = 1 + (r + r^2 q(r)). */
FN float exponential(float x) {
  x = x < -87.0f ? -87.0f : (x > 87.0f ? 87.0f : x);
  float shifted = FMA(x, AS_FLOAT(0x3fb8aa3b), 12582912.0f); /* log2 e; 1.5 * 2^23 rounds to whole */
  float n = shifted - 12582912.0f;
  float r = FMA(n, AS_FLOAT(0x3102e308), FMA(n, AS_FLOAT((int) 0xbf317218), x)); /* ln 2 in two parts */
  float q = FMA(AS_FLOAT(0x3ab5121a), r, AS_FLOAT(0x3c091cf1));
  q = FMA(q, r, AS_FLOAT(0x3d2aac79));
  q = FMA(q, r, AS_FLOAT(0x3e2aaa49));
  q = FMA(q, r, AS_FLOAT(0x3efffffe));
  float p = FMA(r * r, q, r) + 1.0f;
  return p * AS_FLOAT((int) (((unsigned) AS_INT(shifted) << 23) + 0x3f800000u)); /* 2^n */
}

/* GPT-2's GELU, x / (1 + e^-2u), u = sqrt(2/pi) (x + 0.044715 x^3): no tanh, no cancellation. */
FN float gelu_of(float x) {
  float cubed = x * x * x;
  float inner = FMA(0.044715f, cubed, x) * -1.5957691216f;
  return DIV(x, exponential(inner) + 1.0f);
}

/* y = (x - mean) / sqrt(variance + epsilon) * gain + shift; thread t owns elements t, t + 256 ...
   In y, skew floats are left free after every chunk. */
#define PLACE(i) ((i) + (i) / chunk * skew)
FN void layer_norm_row(GLOBAL const float *x, GLOBAL const float *gain, GLOBAL const float *shift,
    float epsilon, int n, LOCAL float *y, int chunk, int skew, LOCAL float *fold) {
  float sum = 0.0f;
  for (int i = TID; i < n; i += 256) { float v = x[i]; y[PLACE(i)] = v; sum += v; }
  float mean = DIV(group_sum(sum, fold), (float) n);
  sum = 0.0f;
  for (int i = TID; i < n; i += 256) { float d = y[PLACE(i)] - mean; sum = FMA(d, d, sum); }
  float r = DIV(1.0f, SQRT(DIV(group_sum(sum, fold), (float) n) + epsilon));
  for (int i = TID; i < n; i += 256)
    y[PLACE(i)] = FMA((y[PLACE(i)] - mean) * r, gain[i], shift[i]);
  BARRIER();
}

/* Whether logit v of id i wins over logit w of id j: the greater one, the lower id of equals;
   a NaN never wins over a number. */
FN int wins(float v, int i, float w, int j) {
  return v > w || (w != w && v == v) || ((v == w || (v != v && w != w)) && i < j);
}

/* How K products are cut into at most 32 chunks, a multiple of 4 each. */
#define CHUNK_OF(k) (((((k) + 31) / 32) + 3) / 4 * 4)

/* ---- Kernels ----------------------------------------------------------------------------------- */

/* embed: x [rows, 768] = wte[token] + wpe[position]. state = position, token, token ...
   wte lies in the panels of lm_head, [1571, 768, 32]. */
KERNEL void embed(GLOBAL const float *RESTRICT wte, GLOBAL const float *RESTRICT wpe,
    GLOBAL float *RESTRICT x, GLOBAL const int *RESTRICT state, int rows) {
  enum { C = 768 };
  for (int i = GROUP * 256 + TID; i < rows * C; i += GROUPS * 256) {
    const int row = i / C, c = i % C, token = state[1 + row];
    x[i] = wte[((size_t) (token / 32) * C + c) * 32 + token % 32]
        + wpe[(size_t) (state[0] + row) * C + c];
  }
}

/* layernorm: y [rows, 768] = LayerNorm of x [rows, 768], one group a row. */
KERNEL void layernorm(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT gain,
    GLOBAL const float *RESTRICT shift, GLOBAL float *RESTRICT y, int rows) {
  enum { C = 768 };
  LOCAL_ARRAY float fold[FOLD];
  LOCAL_ARRAY float xs[768];
  for (int row = GROUP; row < rows; row += GROUPS) {
    layer_norm_row(x + (size_t) row * C, gain, shift, 9.999999747e-06f, C, xs, 1, 0, fold);
    for (int i = TID; i < C; i += 256) y[(size_t) row * C + i] = xs[i];
  }
}

/* ln_c_attn_kv: LayerNorm of a row, times c_attn.
   x [768] . W [768, 2304] = y [2304], one row; then bias, keys and values to the cache.
   W: 72 panels [768, 32]. K = 32 chunks of 24.
   Threads: 8 lanes x 4 outputs, 32 chunks. */
KERNEL void ln_c_attn_kv(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT gain,
    GLOBAL const float *RESTRICT shift,
    GLOBAL const float *RESTRICT W, GLOBAL const float *RESTRICT bias,
    GLOBAL float *RESTRICT y, GLOBAL float *RESTRICT keys, GLOBAL float *RESTRICT values,
    GLOBAL const int *RESTRICT state, int row) {
  enum { K = 768, N = 2304, CHUNK = 24, CHUNKS = 32, PANELS = 72, C = 768, HS = 64, POSITIONS = 1024, KEY_PANELS = 32 };
  LOCAL_ARRAY float xs[768];
  LOCAL_ARRAY float fold[FOLD];
  LOCAL_ARRAY float sums[32 * 32];
  const int lane = TID % 8;
  const int from = TID / 8 * CHUNK;
  const int to = from + CHUNK;
  /* The first loads travel while the row is prepared, a next panel's while sums are added. */
  float4 ahead[16];
  if (from < K && GROUP < PANELS) {
    GLOBAL const float4 *w = (GLOBAL const float4 *) (W + (size_t) GROUP * K * 32) + lane;
    UNROLL(16)
    for (int i = 0; i < 16; i++) ahead[i] = w[(from + i) * 8];
  }
  /* LayerNorm of the row to local memory. */
  layer_norm_row(x + (size_t) row * K, gain, shift, 9.999999747e-06f, K, xs, 1, 0, fold);
  LOCAL const float *xk = xs;
  for (int panel = GROUP; panel < PANELS; panel += GROUPS) {
    /* A chunk of K: one chain of fused multiply-adds for every output. */
    GLOBAL const float4 *w = (GLOBAL const float4 *) (W + (size_t) panel * K * 32) + lane;
    float4 a = ZERO4;
    if (from < K) {
      UNROLL(16)
      for (int i = 0; i < 16; i++) a = FMA4(ahead[i], xk[from + i], a);
      UNROLL(8)
      for (int k = from + 16; k < to; k++) a = FMA4(w[k * 8], xk[k], a);
      if (panel + GROUPS < PANELS) {
        w += (size_t) GROUPS * K * 8;
        UNROLL(16)
        for (int i = 0; i < 16; i++) ahead[i] = w[(from + i) * 8];
      }
    }
    ((LOCAL float4 *) sums)[TID] = a;
    BARRIER();
    /* The chunks' sums in ascending order, then bias, keys and values to the cache. */
    if (TID < 32) {
      const int n = panel * 32 + TID;
      float s = sums[TID];
      UNROLL(31)
      for (int c = 1; c < CHUNKS; c++) s += sums[c * 32 + TID];
      if (n < N) {
        const float v = s + bias[n];
        const int at = state[0] + row;
        if (n < C) {
          y[(size_t) row * N + n] = v;
        } else if (n < 2 * C) {
          const int h = (n - C) / HS, d = (n - C) % HS;
          keys[(((size_t) h * KEY_PANELS + at / 32) * HS + d) * 32 + at % 32] = v;
        } else {
          const int h = (n - 2 * C) / HS, d = (n - 2 * C) % HS;
          values[((size_t) h * POSITIONS + at) * HS + d] = v;
        }
      }
    }
    BARRIER();
  }
}

/* attend: one query; a group takes one head and one block of 128 keys, all that can be seen.
   e = exp(q.k / sqrt(hs) - greatest); leaves sum e v [64], sum e, greatest score.
   keys [12, 32, 64, 32], values [12, 1024, 64]. */
KERNEL void attend(GLOBAL const float *RESTRICT qkv, GLOBAL const float *RESTRICT keys,
    GLOBAL const float *RESTRICT values, GLOBAL float *RESTRICT partial,
    GLOBAL const int *RESTRICT state) {
  enum { NH = 12, HS = 64, POSITIONS = 1024, BLOCKS = 8, KEY_PANELS = 32 };
  LOCAL_ARRAY float q[64], e[128], part[4 * 64], whole[4], fold[FOLD];
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
      UNROLL(16)
      for (int d = 0; d < HS; d++) a = FMA(q[d], k[d * 32], a);
      s = a * 1.250000000e-01f;
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
      UNROLL(8)
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

/* combine: what a row's blocks of keys amount to, for every row and head:
   y = sum_b w_b o_b / sum_b w_b l_b, w_b = exp(greatest of the block - greatest of all). */
KERNEL void combine(GLOBAL const float *RESTRICT partial, GLOBAL float *RESTRICT y,
    GLOBAL const int *RESTRICT state, int rows) {
  enum { NH = 12, HS = 64, BLOCKS = 8 };
  LOCAL_ARRAY float weight[8];
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

/* attention_c_proj_add: attention's blocks of keys combined, times c_proj.
   x [768] . W [768, 768] = y [768], one row; then bias, residual.
   W: 96 panels [768, 8]. K = 32 chunks of 24.
   Threads: 8 lanes x 1 outputs, 32 chunks. */
KERNEL void attention_c_proj_add(GLOBAL const float *RESTRICT partial,
    GLOBAL const float *RESTRICT W, GLOBAL const float *RESTRICT bias,
    GLOBAL float *RESTRICT y,
    GLOBAL const int *RESTRICT state, int row) {
  enum { K = 768, N = 768, CHUNK = 24, CHUNKS = 32, PANELS = 96, NH = 12, HS = 64, BLOCKS = 8 };
  LOCAL_ARRAY float xs[768];
  LOCAL_ARRAY float greatest[96], weight[96], whole[12];
  LOCAL_ARRAY float sums[32 * 8];
  const int lane = TID % 8;
  const int from = TID / 8 * CHUNK;
  const int to = from + CHUNK;
  /* The first loads travel while the row is prepared, a next panel's while sums are added. */
  float ahead[24];
  if (from < K && GROUP < PANELS) {
    GLOBAL const float *w = (GLOBAL const float *) (W + (size_t) GROUP * K * 8) + lane;
    UNROLL(24)
    for (int i = 0; i < 24; i++) ahead[i] = w[(from + i) * 8];
  }
  /* Each head's blocks of keys, weighted by exp(greatest of the block - greatest of all). */
  const int blocks = (state[0] + row) / 128 + 1;
  GLOBAL const float *p = partial + (size_t) row * NH * BLOCKS * (HS + 2);
  for (int i = TID; i < NH * blocks; i += 256)
    greatest[i] = p[(i / blocks * BLOCKS + i % blocks) * (HS + 2) + HS + 1];
  BARRIER();
  for (int i = TID; i < NH * blocks; i += 256) {
    const int first = i / blocks * blocks;
    float m = greatest[first];
    for (int b = 1; b < blocks; b++) m = MAX(m, greatest[first + b]);
    weight[i] = exponential(greatest[i] - m);
  }
  BARRIER();
  for (int h = TID; h < NH; h += 256) {
    float s = 0.0f;
    for (int b = 0; b < blocks; b++)
      s = FMA(weight[h * blocks + b], p[(h * BLOCKS + b) * (HS + 2) + HS], s);
    whole[h] = s;
  }
  BARRIER();
  for (int i = TID; i < K; i += 256) {
    const int h = i / HS;
    float s = 0.0f;
    for (int b = 0; b < blocks; b++)
      s = FMA(weight[h * blocks + b], p[(h * BLOCKS + b) * (HS + 2) + i % HS], s);
    xs[i] = DIV(s, whole[h]);
  }
  BARRIER();
  LOCAL const float *xk = xs;
  for (int panel = GROUP; panel < PANELS; panel += GROUPS) {
    /* A chunk of K: one chain of fused multiply-adds for every output. */
    GLOBAL const float *w = (GLOBAL const float *) (W + (size_t) panel * K * 8) + lane;
    float a = ZERO1;
    if (from < K) {
      UNROLL(24)
      for (int i = 0; i < 24; i++) a = FMA1(ahead[i], xk[from + i], a);
      UNROLL(8)
      for (int k = from + 24; k < to; k++) a = FMA1(w[k * 8], xk[k], a);
      if (panel + GROUPS < PANELS) {
        w += (size_t) GROUPS * K * 8;
        UNROLL(24)
        for (int i = 0; i < 24; i++) ahead[i] = w[(from + i) * 8];
      }
    }
    ((LOCAL float *) sums)[TID] = a;
    BARRIER();
    /* The chunks' sums in ascending order, then bias, residual. */
    if (TID < 8) {
      const int n = panel * 8 + TID;
      float s = sums[TID];
      UNROLL(31)
      for (int c = 1; c < CHUNKS; c++) s += sums[c * 8 + TID];
      if (n < N) {
        y[(size_t) row * N + n] = y[(size_t) row * N + n] + (s + bias[n]);
      }
    }
    BARRIER();
  }
}

/* ln_c_fc_gelu: LayerNorm of a row, times c_fc.
   x [768] . W [768, 3072] = y [3072], one row; then bias, GELU.
   W: 96 panels [768, 32]. K = 32 chunks of 24.
   Threads: 8 lanes x 4 outputs, 32 chunks. */
KERNEL void ln_c_fc_gelu(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT gain,
    GLOBAL const float *RESTRICT shift,
    GLOBAL const float *RESTRICT W, GLOBAL const float *RESTRICT bias,
    GLOBAL float *RESTRICT y, int row) {
  enum { K = 768, N = 3072, CHUNK = 24, CHUNKS = 32, PANELS = 96 };
  LOCAL_ARRAY float xs[768];
  LOCAL_ARRAY float fold[FOLD];
  LOCAL_ARRAY float sums[32 * 32];
  const int lane = TID % 8;
  const int from = TID / 8 * CHUNK;
  const int to = from + CHUNK;
  /* The first loads travel while the row is prepared, a next panel's while sums are added. */
  float4 ahead[16];
  if (from < K && GROUP < PANELS) {
    GLOBAL const float4 *w = (GLOBAL const float4 *) (W + (size_t) GROUP * K * 32) + lane;
    UNROLL(16)
    for (int i = 0; i < 16; i++) ahead[i] = w[(from + i) * 8];
  }
  /* LayerNorm of the row to local memory. */
  layer_norm_row(x + (size_t) row * K, gain, shift, 9.999999747e-06f, K, xs, 1, 0, fold);
  LOCAL const float *xk = xs;
  for (int panel = GROUP; panel < PANELS; panel += GROUPS) {
    /* A chunk of K: one chain of fused multiply-adds for every output. */
    GLOBAL const float4 *w = (GLOBAL const float4 *) (W + (size_t) panel * K * 32) + lane;
    float4 a = ZERO4;
    if (from < K) {
      UNROLL(16)
      for (int i = 0; i < 16; i++) a = FMA4(ahead[i], xk[from + i], a);
      UNROLL(8)
      for (int k = from + 16; k < to; k++) a = FMA4(w[k * 8], xk[k], a);
      if (panel + GROUPS < PANELS) {
        w += (size_t) GROUPS * K * 8;
        UNROLL(16)
        for (int i = 0; i < 16; i++) ahead[i] = w[(from + i) * 8];
      }
    }
    ((LOCAL float4 *) sums)[TID] = a;
    BARRIER();
    /* The chunks' sums in ascending order, then bias, GELU. */
    if (TID < 32) {
      const int n = panel * 32 + TID;
      float s = sums[TID];
      UNROLL(31)
      for (int c = 1; c < CHUNKS; c++) s += sums[c * 32 + TID];
      if (n < N) {
        y[(size_t) row * N + n] = gelu_of(s + bias[n]);
      }
    }
    BARRIER();
  }
}

/* mlp_c_proj_add: a row times mlp_c_proj.
   x [3072] . W [3072, 768] = y [768], one row; then bias, residual.
   W: 96 panels [3072, 8]. K = 32 chunks of 96.
   Threads: 8 lanes x 1 outputs, 32 chunks. */
KERNEL void mlp_c_proj_add(GLOBAL const float *RESTRICT x,
    GLOBAL const float *RESTRICT W, GLOBAL const float *RESTRICT bias,
    GLOBAL float *RESTRICT y, int row) {
  enum { K = 3072, N = 768, CHUNK = 96, CHUNKS = 32, SKEW = 8, PANELS = 96 };
  LOCAL_ARRAY float xs[3328];
  LOCAL_ARRAY float sums[32 * 8];
  const int lane = TID % 8;
  const int from = TID / 8 * CHUNK;
  const int to = from + CHUNK;
  /* The first loads travel while the row is prepared, a next panel's while sums are added. */
  float ahead[32];
  if (from < K && GROUP < PANELS) {
    GLOBAL const float *w = (GLOBAL const float *) (W + (size_t) GROUP * K * 8) + lane;
    UNROLL(32)
    for (int i = 0; i < 32; i++) ahead[i] = w[(from + i) * 8];
  }
  /* The row to local memory. */
  for (int i = TID; i < K; i += 256) xs[i + i / CHUNK * SKEW] = x[(size_t) row * K + i];
  BARRIER();
  LOCAL const float *xk = xs + TID / 8 * SKEW; /* xk[k] for the k of this chunk */
  for (int panel = GROUP; panel < PANELS; panel += GROUPS) {
    /* A chunk of K: one chain of fused multiply-adds for every output. */
    GLOBAL const float *w = (GLOBAL const float *) (W + (size_t) panel * K * 8) + lane;
    float a = ZERO1;
    if (from < K) {
      UNROLL(32)
      for (int i = 0; i < 32; i++) a = FMA1(ahead[i], xk[from + i], a);
      UNROLL(8)
      for (int k = from + 32; k < to; k++) a = FMA1(w[k * 8], xk[k], a);
      if (panel + GROUPS < PANELS) {
        w += (size_t) GROUPS * K * 8;
        UNROLL(32)
        for (int i = 0; i < 32; i++) ahead[i] = w[(from + i) * 8];
      }
    }
    ((LOCAL float *) sums)[TID] = a;
    BARRIER();
    /* The chunks' sums in ascending order, then bias, residual. */
    if (TID < 8) {
      const int n = panel * 8 + TID;
      float s = sums[TID];
      UNROLL(31)
      for (int c = 1; c < CHUNKS; c++) s += sums[c * 8 + TID];
      if (n < N) {
        y[(size_t) row * N + n] = y[(size_t) row * N + n] + (s + bias[n]);
      }
    }
    BARRIER();
  }
}

/* ln_lm_head: LayerNorm of a row, times lm_head.
   x [768] . W [768, 50257] = y [50257], one row; then the greatest of the group's logits.
   W: 1571 panels [768, 32]. K = 32 chunks of 24.
   Threads: 8 lanes x 4 outputs, 32 chunks. */
KERNEL void ln_lm_head(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT gain,
    GLOBAL const float *RESTRICT shift,
    GLOBAL const float *RESTRICT W,
    GLOBAL float *RESTRICT y, GLOBAL float *RESTRICT best, GLOBAL int *RESTRICT best_id, int row) {
  enum { K = 768, N = 50257, CHUNK = 24, CHUNKS = 32, PANELS = 1571 };
  LOCAL_ARRAY float xs[768];
  LOCAL_ARRAY float fold[FOLD];
  LOCAL_ARRAY float sums[32 * 32];
  const int lane = TID % 8;
  const int from = TID / 8 * CHUNK;
  const int to = from + CHUNK;
  /* The first loads travel while the row is prepared, a next panel's while sums are added. */
  float4 ahead[16];
  if (from < K && GROUP < PANELS) {
    GLOBAL const float4 *w = (GLOBAL const float4 *) (W + (size_t) GROUP * K * 32) + lane;
    UNROLL(16)
    for (int i = 0; i < 16; i++) ahead[i] = w[(from + i) * 8];
  }
  /* LayerNorm of the row to local memory. */
  layer_norm_row(x + (size_t) row * K, gain, shift, 9.999999747e-06f, K, xs, 1, 0, fold);
  LOCAL const float *xk = xs;
  float greatest = AS_FLOAT(0x7fffffff); /* NaN loses to every number */
  int greatest_id = 0x7fffffff;
  for (int panel = GROUP; panel < PANELS; panel += GROUPS) {
    /* A chunk of K: one chain of fused multiply-adds for every output. */
    GLOBAL const float4 *w = (GLOBAL const float4 *) (W + (size_t) panel * K * 32) + lane;
    float4 a = ZERO4;
    if (from < K) {
      UNROLL(16)
      for (int i = 0; i < 16; i++) a = FMA4(ahead[i], xk[from + i], a);
      UNROLL(8)
      for (int k = from + 16; k < to; k++) a = FMA4(w[k * 8], xk[k], a);
      if (panel + GROUPS < PANELS) {
        w += (size_t) GROUPS * K * 8;
        UNROLL(16)
        for (int i = 0; i < 16; i++) ahead[i] = w[(from + i) * 8];
      }
    }
    ((LOCAL float4 *) sums)[TID] = a;
    BARRIER();
    /* The chunks' sums in ascending order, then the greatest of the group's logits. */
    if (TID < 32) {
      const int n = panel * 32 + TID;
      float s = sums[TID];
      UNROLL(31)
      for (int c = 1; c < CHUNKS; c++) s += sums[c * 32 + TID];
      if (n < N) {
        y[n] = s;
        if (wins(s, n, greatest, greatest_id)) { greatest = s; greatest_id = n; }
      }
    }
    BARRIER();
  }
  /* The greatest logit of this group's panels. */
  LOCAL_ARRAY float bests[32];
  LOCAL_ARRAY int best_ids[32];
  if (TID < 32) { bests[TID] = greatest; best_ids[TID] = greatest_id; }
  BARRIER();
  if (TID == 0) {
    for (int i = 1; i < 32; i++)
      if (wins(bests[i], best_ids[i], greatest, greatest_id)) {
        greatest = bests[i];
        greatest_id = best_ids[i];
      }
    best[GROUP] = greatest;
    best_id[GROUP] = greatest_id;
  }
}

/* argmax: the greatest of the groups' greatest logits becomes the next token, and the position
   moves on by the rows that were appended. One group. */
KERNEL void argmax(GLOBAL const float *RESTRICT best, GLOBAL const int *RESTRICT best_id,
    GLOBAL int *RESTRICT state, int groups, int rows) {
  LOCAL_ARRAY float values[256];
  LOCAL_ARRAY int ids[256];
  float greatest = AS_FLOAT(0x7fffffff); /* NaN loses to every number */
  int id = 0x7fffffff;
  for (int i = TID; i < groups; i += 256)
    if (wins(best[i], best_id[i], greatest, id)) { greatest = best[i]; id = best_id[i]; }
  values[TID] = greatest;
  ids[TID] = id;
  BARRIER();
  for (int width = 128; width > 0; width /= 2) {
    if (TID < width && wins(values[TID + width], ids[TID + width], values[TID], ids[TID])) {
      values[TID] = values[TID + width];
      ids[TID] = ids[TID + width];
    }
    BARRIER();
  }
  if (TID == 0) {
    state[0] = state[0] + rows;
    state[1] = ids[0];
  }
}

/* attend_tile: attend for 16 queries of a prompt at once; each key and value that is loaded
   serves all of them. The same bits as attend. */
KERNEL void attend_tile(GLOBAL const float *RESTRICT qkv, GLOBAL const float *RESTRICT keys,
    GLOBAL const float *RESTRICT values, GLOBAL float *RESTRICT partial,
    GLOBAL const int *RESTRICT state, int rows) {
  enum { C = 768, NH = 12, HS = 64, POSITIONS = 1024, BLOCKS = 8, KEY_PANELS = 32 };
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
        UNROLL(4)
        for (int d = 0; d < channels; d++) {
          LOCAL const float4 *qd = (LOCAL const float4 *) (q + d * 20 + r0);
          const float kd = k[d * 32];
          a = FMA4(qd[0], kd, a);
          b = FMA4(qd[1], kd, b);
        }
      }
      BARRIER();
    }
    a.x = key < seen + r0 ? a.x * 1.250000000e-01f : MINUS_INFINITY;
    a.y = key < seen + r0 + 1 ? a.y * 1.250000000e-01f : MINUS_INFINITY;
    a.z = key < seen + r0 + 2 ? a.z * 1.250000000e-01f : MINUS_INFINITY;
    a.w = key < seen + r0 + 3 ? a.w * 1.250000000e-01f : MINUS_INFINITY;
    b.x = key < seen + r0 + 4 ? b.x * 1.250000000e-01f : MINUS_INFINITY;
    b.y = key < seen + r0 + 5 ? b.y * 1.250000000e-01f : MINUS_INFINITY;
    b.z = key < seen + r0 + 6 ? b.z * 1.250000000e-01f : MINUS_INFINITY;
    b.w = key < seen + r0 + 7 ? b.w * 1.250000000e-01f : MINUS_INFINITY;
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
        UNROLL(4)
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

/* c_attn_kv_rows32: x [rows, 768] . W [768, 2304] = y [rows, 2304], then bias, keys and values to the cache.
   Tiles of 32 rows x 64 outputs; a thread has 2 rows x 4 outputs; K in steps of 8,
   chunks of 24. W: panels [768, 32]. */
FN void c_attn_kv_rows32_store(GLOBAL float *y, GLOBAL const float *bias, GLOBAL float *keys,
    GLOBAL float *values, GLOBAL const int *state, int row, int n, float s) {
  enum { N = 2304, C = 768, HS = 64, POSITIONS = 1024, KEY_PANELS = 32 };
  if (n < N) {
    const float v = s + bias[n];
    const int at = state[0] + row;
    if (n < C) {
      y[(size_t) row * N + n] = v;
    } else if (n < 2 * C) {
      const int h = (n - C) / HS, d = (n - C) % HS;
      keys[(((size_t) h * KEY_PANELS + at / 32) * HS + d) * 32 + at % 32] = v;
    } else {
      const int h = (n - 2 * C) / HS, d = (n - 2 * C) % HS;
      values[((size_t) h * POSITIONS + at) * HS + d] = v;
    }
  }
}
KERNEL_PAIR void c_attn_kv_rows32(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W, GLOBAL const float *bias,
    GLOBAL float *y, GLOBAL float *keys,
    GLOBAL float *values, GLOBAL const int *state, int rows) {
  enum { K = 768, N = 2304, CHUNK = 24, PANELS = 72 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 36], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 2;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 31) / 32); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 32;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 32, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 32 + (n0 + nw) % 32;
    float x0, w0, w1;
    x0 = *x0p;
    w0 = wp[0];
    w1 = wp[128];
    x0p += 8;
    wp += 256;
    float4 a0 = ZERO4, a1 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 36), *wh = ws + side * (8 * 64);
        xh[kx * 36 + rx + 0] = x0;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          w0 = wp[0];
          w1 = wp[128];
          x0p += 8;
          wp += 256;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 36 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      c_attn_kv_rows32_store(y, bias, keys, values, state, row + 0, n + 0, s0.x);
      c_attn_kv_rows32_store(y, bias, keys, values, state, row + 0, n + 1, s0.y);
      c_attn_kv_rows32_store(y, bias, keys, values, state, row + 0, n + 2, s0.z);
      c_attn_kv_rows32_store(y, bias, keys, values, state, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      c_attn_kv_rows32_store(y, bias, keys, values, state, row + 1, n + 0, s1.x);
      c_attn_kv_rows32_store(y, bias, keys, values, state, row + 1, n + 1, s1.y);
      c_attn_kv_rows32_store(y, bias, keys, values, state, row + 1, n + 2, s1.z);
      c_attn_kv_rows32_store(y, bias, keys, values, state, row + 1, n + 3, s1.w);
    }
  }
}

/* c_attn_kv_rows64: x [rows, 768] . W [768, 2304] = y [rows, 2304], then bias, keys and values to the cache.
   Tiles of 64 rows x 64 outputs; a thread has 4 rows x 4 outputs; K in steps of 8,
   chunks of 24. W: panels [768, 32]. */
FN void c_attn_kv_rows64_store(GLOBAL float *y, GLOBAL const float *bias, GLOBAL float *keys,
    GLOBAL float *values, GLOBAL const int *state, int row, int n, float s) {
  enum { N = 2304, C = 768, HS = 64, POSITIONS = 1024, KEY_PANELS = 32 };
  if (n < N) {
    const float v = s + bias[n];
    const int at = state[0] + row;
    if (n < C) {
      y[(size_t) row * N + n] = v;
    } else if (n < 2 * C) {
      const int h = (n - C) / HS, d = (n - C) % HS;
      keys[(((size_t) h * KEY_PANELS + at / 32) * HS + d) * 32 + at % 32] = v;
    } else {
      const int h = (n - 2 * C) / HS, d = (n - 2 * C) % HS;
      values[((size_t) h * POSITIONS + at) * HS + d] = v;
    }
  }
}
KERNEL_PAIR void c_attn_kv_rows64(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W, GLOBAL const float *bias,
    GLOBAL float *y, GLOBAL float *keys,
    GLOBAL float *values, GLOBAL const int *state, int rows) {
  enum { K = 768, N = 2304, CHUNK = 24, PANELS = 72 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 68], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 4;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 63) / 64); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 64;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    GLOBAL const float *x1p = x + (size_t) MIN(m0 + rx + 32, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 32, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 32 + (n0 + nw) % 32;
    float x0, x1, w0, w1;
    x0 = *x0p;
    x1 = *x1p;
    w0 = wp[0];
    w1 = wp[128];
    x0p += 8;
    x1p += 8;
    wp += 256;
    float4 a0 = ZERO4, a1 = ZERO4, a2 = ZERO4, a3 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4, s2 = ZERO4, s3 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 68), *wh = ws + side * (8 * 64);
        xh[kx * 68 + rx + 0] = x0;
        xh[kx * 68 + rx + 32] = x1;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          x1 = *x1p;
          w0 = wp[0];
          w1 = wp[128];
          x0p += 8;
          x1p += 8;
          wp += 256;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 68 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
            a2 = FMA4(w, xk[2], a2);
            a3 = FMA4(w, xk[3], a3);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
        s2 = a2; a2 = ZERO4;
        s3 = a3; a3 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
        s2 = ADD4(s2, a2); a2 = ZERO4;
        s3 = ADD4(s3, a3); a3 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 0, n + 0, s0.x);
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 0, n + 1, s0.y);
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 0, n + 2, s0.z);
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 1, n + 0, s1.x);
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 1, n + 1, s1.y);
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 1, n + 2, s1.z);
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 1, n + 3, s1.w);
    }
    if (row + 2 < rows) {
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 2, n + 0, s2.x);
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 2, n + 1, s2.y);
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 2, n + 2, s2.z);
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 2, n + 3, s2.w);
    }
    if (row + 3 < rows) {
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 3, n + 0, s3.x);
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 3, n + 1, s3.y);
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 3, n + 2, s3.z);
      c_attn_kv_rows64_store(y, bias, keys, values, state, row + 3, n + 3, s3.w);
    }
  }
}

/* c_attn_kv_rows128: x [rows, 768] . W [768, 2304] = y [rows, 2304], then bias, keys and values to the cache.
   Tiles of 128 rows x 64 outputs; a thread has 8 rows x 4 outputs; K in steps of 8,
   chunks of 24. W: panels [768, 32]. */
FN void c_attn_kv_rows128_store(GLOBAL float *y, GLOBAL const float *bias, GLOBAL float *keys,
    GLOBAL float *values, GLOBAL const int *state, int row, int n, float s) {
  enum { N = 2304, C = 768, HS = 64, POSITIONS = 1024, KEY_PANELS = 32 };
  if (n < N) {
    const float v = s + bias[n];
    const int at = state[0] + row;
    if (n < C) {
      y[(size_t) row * N + n] = v;
    } else if (n < 2 * C) {
      const int h = (n - C) / HS, d = (n - C) % HS;
      keys[(((size_t) h * KEY_PANELS + at / 32) * HS + d) * 32 + at % 32] = v;
    } else {
      const int h = (n - 2 * C) / HS, d = (n - 2 * C) % HS;
      values[((size_t) h * POSITIONS + at) * HS + d] = v;
    }
  }
}
KERNEL_PAIR void c_attn_kv_rows128(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W, GLOBAL const float *bias,
    GLOBAL float *y, GLOBAL float *keys,
    GLOBAL float *values, GLOBAL const int *state, int rows) {
  enum { K = 768, N = 2304, CHUNK = 24, PANELS = 72 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 132], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 8;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 127) / 128); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 128;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    GLOBAL const float *x1p = x + (size_t) MIN(m0 + rx + 32, rows - 1) * K + kx;
    GLOBAL const float *x2p = x + (size_t) MIN(m0 + rx + 64, rows - 1) * K + kx;
    GLOBAL const float *x3p = x + (size_t) MIN(m0 + rx + 96, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 32, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 32 + (n0 + nw) % 32;
    float x0, x1, x2, x3, w0, w1;
    x0 = *x0p;
    x1 = *x1p;
    x2 = *x2p;
    x3 = *x3p;
    w0 = wp[0];
    w1 = wp[128];
    x0p += 8;
    x1p += 8;
    x2p += 8;
    x3p += 8;
    wp += 256;
    float4 a0 = ZERO4, a1 = ZERO4, a2 = ZERO4, a3 = ZERO4, a4 = ZERO4, a5 = ZERO4, a6 = ZERO4, a7 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4, s2 = ZERO4, s3 = ZERO4, s4 = ZERO4, s5 = ZERO4, s6 = ZERO4, s7 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 132), *wh = ws + side * (8 * 64);
        xh[kx * 132 + rx + 0] = x0;
        xh[kx * 132 + rx + 32] = x1;
        xh[kx * 132 + rx + 64] = x2;
        xh[kx * 132 + rx + 96] = x3;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          x1 = *x1p;
          x2 = *x2p;
          x3 = *x3p;
          w0 = wp[0];
          w1 = wp[128];
          x0p += 8;
          x1p += 8;
          x2p += 8;
          x3p += 8;
          wp += 256;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 132 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
            a2 = FMA4(w, xk[2], a2);
            a3 = FMA4(w, xk[3], a3);
            a4 = FMA4(w, xk[4], a4);
            a5 = FMA4(w, xk[5], a5);
            a6 = FMA4(w, xk[6], a6);
            a7 = FMA4(w, xk[7], a7);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
        s2 = a2; a2 = ZERO4;
        s3 = a3; a3 = ZERO4;
        s4 = a4; a4 = ZERO4;
        s5 = a5; a5 = ZERO4;
        s6 = a6; a6 = ZERO4;
        s7 = a7; a7 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
        s2 = ADD4(s2, a2); a2 = ZERO4;
        s3 = ADD4(s3, a3); a3 = ZERO4;
        s4 = ADD4(s4, a4); a4 = ZERO4;
        s5 = ADD4(s5, a5); a5 = ZERO4;
        s6 = ADD4(s6, a6); a6 = ZERO4;
        s7 = ADD4(s7, a7); a7 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 0, n + 0, s0.x);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 0, n + 1, s0.y);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 0, n + 2, s0.z);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 1, n + 0, s1.x);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 1, n + 1, s1.y);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 1, n + 2, s1.z);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 1, n + 3, s1.w);
    }
    if (row + 2 < rows) {
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 2, n + 0, s2.x);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 2, n + 1, s2.y);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 2, n + 2, s2.z);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 2, n + 3, s2.w);
    }
    if (row + 3 < rows) {
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 3, n + 0, s3.x);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 3, n + 1, s3.y);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 3, n + 2, s3.z);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 3, n + 3, s3.w);
    }
    if (row + 4 < rows) {
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 4, n + 0, s4.x);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 4, n + 1, s4.y);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 4, n + 2, s4.z);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 4, n + 3, s4.w);
    }
    if (row + 5 < rows) {
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 5, n + 0, s5.x);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 5, n + 1, s5.y);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 5, n + 2, s5.z);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 5, n + 3, s5.w);
    }
    if (row + 6 < rows) {
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 6, n + 0, s6.x);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 6, n + 1, s6.y);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 6, n + 2, s6.z);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 6, n + 3, s6.w);
    }
    if (row + 7 < rows) {
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 7, n + 0, s7.x);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 7, n + 1, s7.y);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 7, n + 2, s7.z);
      c_attn_kv_rows128_store(y, bias, keys, values, state, row + 7, n + 3, s7.w);
    }
  }
}

/* c_proj_add_rows32: x [rows, 768] . W [768, 768] = y [rows, 768], then bias, residual.
   Tiles of 32 rows x 64 outputs; a thread has 2 rows x 4 outputs; K in steps of 8,
   chunks of 24. W: panels [768, 8]. */
FN void c_proj_add_rows32_store(GLOBAL float *y, GLOBAL const float *bias, int row, int n, float s) {
  enum { N = 768 };
  if (n < N) {
    y[(size_t) row * N + n] = y[(size_t) row * N + n] + (s + bias[n]);
  }
}
KERNEL_PAIR void c_proj_add_rows32(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W, GLOBAL const float *bias,
    GLOBAL float *y, int rows) {
  enum { K = 768, N = 768, CHUNK = 24, PANELS = 96 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 36], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 2;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 31) / 32); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 32;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 8, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 8 + (n0 + nw) % 8;
    float x0, w0, w1;
    x0 = *x0p;
    w0 = wp[0];
    w1 = wp[32];
    x0p += 8;
    wp += 64;
    float4 a0 = ZERO4, a1 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 36), *wh = ws + side * (8 * 64);
        xh[kx * 36 + rx + 0] = x0;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          w0 = wp[0];
          w1 = wp[32];
          x0p += 8;
          wp += 64;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 36 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      c_proj_add_rows32_store(y, bias, row + 0, n + 0, s0.x);
      c_proj_add_rows32_store(y, bias, row + 0, n + 1, s0.y);
      c_proj_add_rows32_store(y, bias, row + 0, n + 2, s0.z);
      c_proj_add_rows32_store(y, bias, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      c_proj_add_rows32_store(y, bias, row + 1, n + 0, s1.x);
      c_proj_add_rows32_store(y, bias, row + 1, n + 1, s1.y);
      c_proj_add_rows32_store(y, bias, row + 1, n + 2, s1.z);
      c_proj_add_rows32_store(y, bias, row + 1, n + 3, s1.w);
    }
  }
}

/* c_proj_add_rows64: x [rows, 768] . W [768, 768] = y [rows, 768], then bias, residual.
   Tiles of 64 rows x 64 outputs; a thread has 4 rows x 4 outputs; K in steps of 8,
   chunks of 24. W: panels [768, 8]. */
FN void c_proj_add_rows64_store(GLOBAL float *y, GLOBAL const float *bias, int row, int n, float s) {
  enum { N = 768 };
  if (n < N) {
    y[(size_t) row * N + n] = y[(size_t) row * N + n] + (s + bias[n]);
  }
}
KERNEL_PAIR void c_proj_add_rows64(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W, GLOBAL const float *bias,
    GLOBAL float *y, int rows) {
  enum { K = 768, N = 768, CHUNK = 24, PANELS = 96 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 68], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 4;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 63) / 64); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 64;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    GLOBAL const float *x1p = x + (size_t) MIN(m0 + rx + 32, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 8, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 8 + (n0 + nw) % 8;
    float x0, x1, w0, w1;
    x0 = *x0p;
    x1 = *x1p;
    w0 = wp[0];
    w1 = wp[32];
    x0p += 8;
    x1p += 8;
    wp += 64;
    float4 a0 = ZERO4, a1 = ZERO4, a2 = ZERO4, a3 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4, s2 = ZERO4, s3 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 68), *wh = ws + side * (8 * 64);
        xh[kx * 68 + rx + 0] = x0;
        xh[kx * 68 + rx + 32] = x1;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          x1 = *x1p;
          w0 = wp[0];
          w1 = wp[32];
          x0p += 8;
          x1p += 8;
          wp += 64;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 68 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
            a2 = FMA4(w, xk[2], a2);
            a3 = FMA4(w, xk[3], a3);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
        s2 = a2; a2 = ZERO4;
        s3 = a3; a3 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
        s2 = ADD4(s2, a2); a2 = ZERO4;
        s3 = ADD4(s3, a3); a3 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      c_proj_add_rows64_store(y, bias, row + 0, n + 0, s0.x);
      c_proj_add_rows64_store(y, bias, row + 0, n + 1, s0.y);
      c_proj_add_rows64_store(y, bias, row + 0, n + 2, s0.z);
      c_proj_add_rows64_store(y, bias, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      c_proj_add_rows64_store(y, bias, row + 1, n + 0, s1.x);
      c_proj_add_rows64_store(y, bias, row + 1, n + 1, s1.y);
      c_proj_add_rows64_store(y, bias, row + 1, n + 2, s1.z);
      c_proj_add_rows64_store(y, bias, row + 1, n + 3, s1.w);
    }
    if (row + 2 < rows) {
      c_proj_add_rows64_store(y, bias, row + 2, n + 0, s2.x);
      c_proj_add_rows64_store(y, bias, row + 2, n + 1, s2.y);
      c_proj_add_rows64_store(y, bias, row + 2, n + 2, s2.z);
      c_proj_add_rows64_store(y, bias, row + 2, n + 3, s2.w);
    }
    if (row + 3 < rows) {
      c_proj_add_rows64_store(y, bias, row + 3, n + 0, s3.x);
      c_proj_add_rows64_store(y, bias, row + 3, n + 1, s3.y);
      c_proj_add_rows64_store(y, bias, row + 3, n + 2, s3.z);
      c_proj_add_rows64_store(y, bias, row + 3, n + 3, s3.w);
    }
  }
}

/* c_proj_add_rows128: x [rows, 768] . W [768, 768] = y [rows, 768], then bias, residual.
   Tiles of 128 rows x 64 outputs; a thread has 8 rows x 4 outputs; K in steps of 8,
   chunks of 24. W: panels [768, 8]. */
FN void c_proj_add_rows128_store(GLOBAL float *y, GLOBAL const float *bias, int row, int n, float s) {
  enum { N = 768 };
  if (n < N) {
    y[(size_t) row * N + n] = y[(size_t) row * N + n] + (s + bias[n]);
  }
}
KERNEL_PAIR void c_proj_add_rows128(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W, GLOBAL const float *bias,
    GLOBAL float *y, int rows) {
  enum { K = 768, N = 768, CHUNK = 24, PANELS = 96 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 132], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 8;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 127) / 128); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 128;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    GLOBAL const float *x1p = x + (size_t) MIN(m0 + rx + 32, rows - 1) * K + kx;
    GLOBAL const float *x2p = x + (size_t) MIN(m0 + rx + 64, rows - 1) * K + kx;
    GLOBAL const float *x3p = x + (size_t) MIN(m0 + rx + 96, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 8, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 8 + (n0 + nw) % 8;
    float x0, x1, x2, x3, w0, w1;
    x0 = *x0p;
    x1 = *x1p;
    x2 = *x2p;
    x3 = *x3p;
    w0 = wp[0];
    w1 = wp[32];
    x0p += 8;
    x1p += 8;
    x2p += 8;
    x3p += 8;
    wp += 64;
    float4 a0 = ZERO4, a1 = ZERO4, a2 = ZERO4, a3 = ZERO4, a4 = ZERO4, a5 = ZERO4, a6 = ZERO4, a7 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4, s2 = ZERO4, s3 = ZERO4, s4 = ZERO4, s5 = ZERO4, s6 = ZERO4, s7 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 132), *wh = ws + side * (8 * 64);
        xh[kx * 132 + rx + 0] = x0;
        xh[kx * 132 + rx + 32] = x1;
        xh[kx * 132 + rx + 64] = x2;
        xh[kx * 132 + rx + 96] = x3;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          x1 = *x1p;
          x2 = *x2p;
          x3 = *x3p;
          w0 = wp[0];
          w1 = wp[32];
          x0p += 8;
          x1p += 8;
          x2p += 8;
          x3p += 8;
          wp += 64;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 132 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
            a2 = FMA4(w, xk[2], a2);
            a3 = FMA4(w, xk[3], a3);
            a4 = FMA4(w, xk[4], a4);
            a5 = FMA4(w, xk[5], a5);
            a6 = FMA4(w, xk[6], a6);
            a7 = FMA4(w, xk[7], a7);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
        s2 = a2; a2 = ZERO4;
        s3 = a3; a3 = ZERO4;
        s4 = a4; a4 = ZERO4;
        s5 = a5; a5 = ZERO4;
        s6 = a6; a6 = ZERO4;
        s7 = a7; a7 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
        s2 = ADD4(s2, a2); a2 = ZERO4;
        s3 = ADD4(s3, a3); a3 = ZERO4;
        s4 = ADD4(s4, a4); a4 = ZERO4;
        s5 = ADD4(s5, a5); a5 = ZERO4;
        s6 = ADD4(s6, a6); a6 = ZERO4;
        s7 = ADD4(s7, a7); a7 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      c_proj_add_rows128_store(y, bias, row + 0, n + 0, s0.x);
      c_proj_add_rows128_store(y, bias, row + 0, n + 1, s0.y);
      c_proj_add_rows128_store(y, bias, row + 0, n + 2, s0.z);
      c_proj_add_rows128_store(y, bias, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      c_proj_add_rows128_store(y, bias, row + 1, n + 0, s1.x);
      c_proj_add_rows128_store(y, bias, row + 1, n + 1, s1.y);
      c_proj_add_rows128_store(y, bias, row + 1, n + 2, s1.z);
      c_proj_add_rows128_store(y, bias, row + 1, n + 3, s1.w);
    }
    if (row + 2 < rows) {
      c_proj_add_rows128_store(y, bias, row + 2, n + 0, s2.x);
      c_proj_add_rows128_store(y, bias, row + 2, n + 1, s2.y);
      c_proj_add_rows128_store(y, bias, row + 2, n + 2, s2.z);
      c_proj_add_rows128_store(y, bias, row + 2, n + 3, s2.w);
    }
    if (row + 3 < rows) {
      c_proj_add_rows128_store(y, bias, row + 3, n + 0, s3.x);
      c_proj_add_rows128_store(y, bias, row + 3, n + 1, s3.y);
      c_proj_add_rows128_store(y, bias, row + 3, n + 2, s3.z);
      c_proj_add_rows128_store(y, bias, row + 3, n + 3, s3.w);
    }
    if (row + 4 < rows) {
      c_proj_add_rows128_store(y, bias, row + 4, n + 0, s4.x);
      c_proj_add_rows128_store(y, bias, row + 4, n + 1, s4.y);
      c_proj_add_rows128_store(y, bias, row + 4, n + 2, s4.z);
      c_proj_add_rows128_store(y, bias, row + 4, n + 3, s4.w);
    }
    if (row + 5 < rows) {
      c_proj_add_rows128_store(y, bias, row + 5, n + 0, s5.x);
      c_proj_add_rows128_store(y, bias, row + 5, n + 1, s5.y);
      c_proj_add_rows128_store(y, bias, row + 5, n + 2, s5.z);
      c_proj_add_rows128_store(y, bias, row + 5, n + 3, s5.w);
    }
    if (row + 6 < rows) {
      c_proj_add_rows128_store(y, bias, row + 6, n + 0, s6.x);
      c_proj_add_rows128_store(y, bias, row + 6, n + 1, s6.y);
      c_proj_add_rows128_store(y, bias, row + 6, n + 2, s6.z);
      c_proj_add_rows128_store(y, bias, row + 6, n + 3, s6.w);
    }
    if (row + 7 < rows) {
      c_proj_add_rows128_store(y, bias, row + 7, n + 0, s7.x);
      c_proj_add_rows128_store(y, bias, row + 7, n + 1, s7.y);
      c_proj_add_rows128_store(y, bias, row + 7, n + 2, s7.z);
      c_proj_add_rows128_store(y, bias, row + 7, n + 3, s7.w);
    }
  }
}

/* c_fc_gelu_rows32: x [rows, 768] . W [768, 3072] = y [rows, 3072], then bias, GELU.
   Tiles of 32 rows x 64 outputs; a thread has 2 rows x 4 outputs; K in steps of 8,
   chunks of 24. W: panels [768, 32]. */
FN void c_fc_gelu_rows32_store(GLOBAL float *y, GLOBAL const float *bias, int row, int n, float s) {
  enum { N = 3072 };
  if (n < N) {
    y[(size_t) row * N + n] = gelu_of(s + bias[n]);
  }
}
KERNEL_PAIR void c_fc_gelu_rows32(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W, GLOBAL const float *bias,
    GLOBAL float *y, int rows) {
  enum { K = 768, N = 3072, CHUNK = 24, PANELS = 96 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 36], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 2;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 31) / 32); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 32;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 32, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 32 + (n0 + nw) % 32;
    float x0, w0, w1;
    x0 = *x0p;
    w0 = wp[0];
    w1 = wp[128];
    x0p += 8;
    wp += 256;
    float4 a0 = ZERO4, a1 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 36), *wh = ws + side * (8 * 64);
        xh[kx * 36 + rx + 0] = x0;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          w0 = wp[0];
          w1 = wp[128];
          x0p += 8;
          wp += 256;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 36 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      c_fc_gelu_rows32_store(y, bias, row + 0, n + 0, s0.x);
      c_fc_gelu_rows32_store(y, bias, row + 0, n + 1, s0.y);
      c_fc_gelu_rows32_store(y, bias, row + 0, n + 2, s0.z);
      c_fc_gelu_rows32_store(y, bias, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      c_fc_gelu_rows32_store(y, bias, row + 1, n + 0, s1.x);
      c_fc_gelu_rows32_store(y, bias, row + 1, n + 1, s1.y);
      c_fc_gelu_rows32_store(y, bias, row + 1, n + 2, s1.z);
      c_fc_gelu_rows32_store(y, bias, row + 1, n + 3, s1.w);
    }
  }
}

/* c_fc_gelu_rows64: x [rows, 768] . W [768, 3072] = y [rows, 3072], then bias, GELU.
   Tiles of 64 rows x 64 outputs; a thread has 4 rows x 4 outputs; K in steps of 8,
   chunks of 24. W: panels [768, 32]. */
FN void c_fc_gelu_rows64_store(GLOBAL float *y, GLOBAL const float *bias, int row, int n, float s) {
  enum { N = 3072 };
  if (n < N) {
    y[(size_t) row * N + n] = gelu_of(s + bias[n]);
  }
}
KERNEL_PAIR void c_fc_gelu_rows64(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W, GLOBAL const float *bias,
    GLOBAL float *y, int rows) {
  enum { K = 768, N = 3072, CHUNK = 24, PANELS = 96 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 68], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 4;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 63) / 64); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 64;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    GLOBAL const float *x1p = x + (size_t) MIN(m0 + rx + 32, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 32, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 32 + (n0 + nw) % 32;
    float x0, x1, w0, w1;
    x0 = *x0p;
    x1 = *x1p;
    w0 = wp[0];
    w1 = wp[128];
    x0p += 8;
    x1p += 8;
    wp += 256;
    float4 a0 = ZERO4, a1 = ZERO4, a2 = ZERO4, a3 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4, s2 = ZERO4, s3 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 68), *wh = ws + side * (8 * 64);
        xh[kx * 68 + rx + 0] = x0;
        xh[kx * 68 + rx + 32] = x1;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          x1 = *x1p;
          w0 = wp[0];
          w1 = wp[128];
          x0p += 8;
          x1p += 8;
          wp += 256;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 68 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
            a2 = FMA4(w, xk[2], a2);
            a3 = FMA4(w, xk[3], a3);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
        s2 = a2; a2 = ZERO4;
        s3 = a3; a3 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
        s2 = ADD4(s2, a2); a2 = ZERO4;
        s3 = ADD4(s3, a3); a3 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      c_fc_gelu_rows64_store(y, bias, row + 0, n + 0, s0.x);
      c_fc_gelu_rows64_store(y, bias, row + 0, n + 1, s0.y);
      c_fc_gelu_rows64_store(y, bias, row + 0, n + 2, s0.z);
      c_fc_gelu_rows64_store(y, bias, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      c_fc_gelu_rows64_store(y, bias, row + 1, n + 0, s1.x);
      c_fc_gelu_rows64_store(y, bias, row + 1, n + 1, s1.y);
      c_fc_gelu_rows64_store(y, bias, row + 1, n + 2, s1.z);
      c_fc_gelu_rows64_store(y, bias, row + 1, n + 3, s1.w);
    }
    if (row + 2 < rows) {
      c_fc_gelu_rows64_store(y, bias, row + 2, n + 0, s2.x);
      c_fc_gelu_rows64_store(y, bias, row + 2, n + 1, s2.y);
      c_fc_gelu_rows64_store(y, bias, row + 2, n + 2, s2.z);
      c_fc_gelu_rows64_store(y, bias, row + 2, n + 3, s2.w);
    }
    if (row + 3 < rows) {
      c_fc_gelu_rows64_store(y, bias, row + 3, n + 0, s3.x);
      c_fc_gelu_rows64_store(y, bias, row + 3, n + 1, s3.y);
      c_fc_gelu_rows64_store(y, bias, row + 3, n + 2, s3.z);
      c_fc_gelu_rows64_store(y, bias, row + 3, n + 3, s3.w);
    }
  }
}

/* c_fc_gelu_rows128: x [rows, 768] . W [768, 3072] = y [rows, 3072], then bias, GELU.
   Tiles of 128 rows x 64 outputs; a thread has 8 rows x 4 outputs; K in steps of 8,
   chunks of 24. W: panels [768, 32]. */
FN void c_fc_gelu_rows128_store(GLOBAL float *y, GLOBAL const float *bias, int row, int n, float s) {
  enum { N = 3072 };
  if (n < N) {
    y[(size_t) row * N + n] = gelu_of(s + bias[n]);
  }
}
KERNEL_PAIR void c_fc_gelu_rows128(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W, GLOBAL const float *bias,
    GLOBAL float *y, int rows) {
  enum { K = 768, N = 3072, CHUNK = 24, PANELS = 96 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 132], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 8;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 127) / 128); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 128;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    GLOBAL const float *x1p = x + (size_t) MIN(m0 + rx + 32, rows - 1) * K + kx;
    GLOBAL const float *x2p = x + (size_t) MIN(m0 + rx + 64, rows - 1) * K + kx;
    GLOBAL const float *x3p = x + (size_t) MIN(m0 + rx + 96, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 32, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 32 + (n0 + nw) % 32;
    float x0, x1, x2, x3, w0, w1;
    x0 = *x0p;
    x1 = *x1p;
    x2 = *x2p;
    x3 = *x3p;
    w0 = wp[0];
    w1 = wp[128];
    x0p += 8;
    x1p += 8;
    x2p += 8;
    x3p += 8;
    wp += 256;
    float4 a0 = ZERO4, a1 = ZERO4, a2 = ZERO4, a3 = ZERO4, a4 = ZERO4, a5 = ZERO4, a6 = ZERO4, a7 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4, s2 = ZERO4, s3 = ZERO4, s4 = ZERO4, s5 = ZERO4, s6 = ZERO4, s7 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 132), *wh = ws + side * (8 * 64);
        xh[kx * 132 + rx + 0] = x0;
        xh[kx * 132 + rx + 32] = x1;
        xh[kx * 132 + rx + 64] = x2;
        xh[kx * 132 + rx + 96] = x3;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          x1 = *x1p;
          x2 = *x2p;
          x3 = *x3p;
          w0 = wp[0];
          w1 = wp[128];
          x0p += 8;
          x1p += 8;
          x2p += 8;
          x3p += 8;
          wp += 256;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 132 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
            a2 = FMA4(w, xk[2], a2);
            a3 = FMA4(w, xk[3], a3);
            a4 = FMA4(w, xk[4], a4);
            a5 = FMA4(w, xk[5], a5);
            a6 = FMA4(w, xk[6], a6);
            a7 = FMA4(w, xk[7], a7);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
        s2 = a2; a2 = ZERO4;
        s3 = a3; a3 = ZERO4;
        s4 = a4; a4 = ZERO4;
        s5 = a5; a5 = ZERO4;
        s6 = a6; a6 = ZERO4;
        s7 = a7; a7 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
        s2 = ADD4(s2, a2); a2 = ZERO4;
        s3 = ADD4(s3, a3); a3 = ZERO4;
        s4 = ADD4(s4, a4); a4 = ZERO4;
        s5 = ADD4(s5, a5); a5 = ZERO4;
        s6 = ADD4(s6, a6); a6 = ZERO4;
        s7 = ADD4(s7, a7); a7 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      c_fc_gelu_rows128_store(y, bias, row + 0, n + 0, s0.x);
      c_fc_gelu_rows128_store(y, bias, row + 0, n + 1, s0.y);
      c_fc_gelu_rows128_store(y, bias, row + 0, n + 2, s0.z);
      c_fc_gelu_rows128_store(y, bias, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      c_fc_gelu_rows128_store(y, bias, row + 1, n + 0, s1.x);
      c_fc_gelu_rows128_store(y, bias, row + 1, n + 1, s1.y);
      c_fc_gelu_rows128_store(y, bias, row + 1, n + 2, s1.z);
      c_fc_gelu_rows128_store(y, bias, row + 1, n + 3, s1.w);
    }
    if (row + 2 < rows) {
      c_fc_gelu_rows128_store(y, bias, row + 2, n + 0, s2.x);
      c_fc_gelu_rows128_store(y, bias, row + 2, n + 1, s2.y);
      c_fc_gelu_rows128_store(y, bias, row + 2, n + 2, s2.z);
      c_fc_gelu_rows128_store(y, bias, row + 2, n + 3, s2.w);
    }
    if (row + 3 < rows) {
      c_fc_gelu_rows128_store(y, bias, row + 3, n + 0, s3.x);
      c_fc_gelu_rows128_store(y, bias, row + 3, n + 1, s3.y);
      c_fc_gelu_rows128_store(y, bias, row + 3, n + 2, s3.z);
      c_fc_gelu_rows128_store(y, bias, row + 3, n + 3, s3.w);
    }
    if (row + 4 < rows) {
      c_fc_gelu_rows128_store(y, bias, row + 4, n + 0, s4.x);
      c_fc_gelu_rows128_store(y, bias, row + 4, n + 1, s4.y);
      c_fc_gelu_rows128_store(y, bias, row + 4, n + 2, s4.z);
      c_fc_gelu_rows128_store(y, bias, row + 4, n + 3, s4.w);
    }
    if (row + 5 < rows) {
      c_fc_gelu_rows128_store(y, bias, row + 5, n + 0, s5.x);
      c_fc_gelu_rows128_store(y, bias, row + 5, n + 1, s5.y);
      c_fc_gelu_rows128_store(y, bias, row + 5, n + 2, s5.z);
      c_fc_gelu_rows128_store(y, bias, row + 5, n + 3, s5.w);
    }
    if (row + 6 < rows) {
      c_fc_gelu_rows128_store(y, bias, row + 6, n + 0, s6.x);
      c_fc_gelu_rows128_store(y, bias, row + 6, n + 1, s6.y);
      c_fc_gelu_rows128_store(y, bias, row + 6, n + 2, s6.z);
      c_fc_gelu_rows128_store(y, bias, row + 6, n + 3, s6.w);
    }
    if (row + 7 < rows) {
      c_fc_gelu_rows128_store(y, bias, row + 7, n + 0, s7.x);
      c_fc_gelu_rows128_store(y, bias, row + 7, n + 1, s7.y);
      c_fc_gelu_rows128_store(y, bias, row + 7, n + 2, s7.z);
      c_fc_gelu_rows128_store(y, bias, row + 7, n + 3, s7.w);
    }
  }
}

/* mlp_c_proj_add_rows32: x [rows, 3072] . W [3072, 768] = y [rows, 768], then bias, residual.
   Tiles of 32 rows x 64 outputs; a thread has 2 rows x 4 outputs; K in steps of 8,
   chunks of 96. W: panels [3072, 8]. */
FN void mlp_c_proj_add_rows32_store(GLOBAL float *y, GLOBAL const float *bias, int row, int n, float s) {
  enum { N = 768 };
  if (n < N) {
    y[(size_t) row * N + n] = y[(size_t) row * N + n] + (s + bias[n]);
  }
}
KERNEL_PAIR void mlp_c_proj_add_rows32(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W, GLOBAL const float *bias,
    GLOBAL float *y, int rows) {
  enum { K = 3072, N = 768, CHUNK = 96, PANELS = 96 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 36], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 2;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 31) / 32); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 32;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 8, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 8 + (n0 + nw) % 8;
    float x0, w0, w1;
    x0 = *x0p;
    w0 = wp[0];
    w1 = wp[32];
    x0p += 8;
    wp += 64;
    float4 a0 = ZERO4, a1 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 36), *wh = ws + side * (8 * 64);
        xh[kx * 36 + rx + 0] = x0;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          w0 = wp[0];
          w1 = wp[32];
          x0p += 8;
          wp += 64;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 36 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      mlp_c_proj_add_rows32_store(y, bias, row + 0, n + 0, s0.x);
      mlp_c_proj_add_rows32_store(y, bias, row + 0, n + 1, s0.y);
      mlp_c_proj_add_rows32_store(y, bias, row + 0, n + 2, s0.z);
      mlp_c_proj_add_rows32_store(y, bias, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      mlp_c_proj_add_rows32_store(y, bias, row + 1, n + 0, s1.x);
      mlp_c_proj_add_rows32_store(y, bias, row + 1, n + 1, s1.y);
      mlp_c_proj_add_rows32_store(y, bias, row + 1, n + 2, s1.z);
      mlp_c_proj_add_rows32_store(y, bias, row + 1, n + 3, s1.w);
    }
  }
}

/* mlp_c_proj_add_rows64: x [rows, 3072] . W [3072, 768] = y [rows, 768], then bias, residual.
   Tiles of 64 rows x 64 outputs; a thread has 4 rows x 4 outputs; K in steps of 8,
   chunks of 96. W: panels [3072, 8]. */
FN void mlp_c_proj_add_rows64_store(GLOBAL float *y, GLOBAL const float *bias, int row, int n, float s) {
  enum { N = 768 };
  if (n < N) {
    y[(size_t) row * N + n] = y[(size_t) row * N + n] + (s + bias[n]);
  }
}
KERNEL_PAIR void mlp_c_proj_add_rows64(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W, GLOBAL const float *bias,
    GLOBAL float *y, int rows) {
  enum { K = 3072, N = 768, CHUNK = 96, PANELS = 96 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 68], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 4;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 63) / 64); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 64;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    GLOBAL const float *x1p = x + (size_t) MIN(m0 + rx + 32, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 8, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 8 + (n0 + nw) % 8;
    float x0, x1, w0, w1;
    x0 = *x0p;
    x1 = *x1p;
    w0 = wp[0];
    w1 = wp[32];
    x0p += 8;
    x1p += 8;
    wp += 64;
    float4 a0 = ZERO4, a1 = ZERO4, a2 = ZERO4, a3 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4, s2 = ZERO4, s3 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 68), *wh = ws + side * (8 * 64);
        xh[kx * 68 + rx + 0] = x0;
        xh[kx * 68 + rx + 32] = x1;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          x1 = *x1p;
          w0 = wp[0];
          w1 = wp[32];
          x0p += 8;
          x1p += 8;
          wp += 64;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 68 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
            a2 = FMA4(w, xk[2], a2);
            a3 = FMA4(w, xk[3], a3);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
        s2 = a2; a2 = ZERO4;
        s3 = a3; a3 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
        s2 = ADD4(s2, a2); a2 = ZERO4;
        s3 = ADD4(s3, a3); a3 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      mlp_c_proj_add_rows64_store(y, bias, row + 0, n + 0, s0.x);
      mlp_c_proj_add_rows64_store(y, bias, row + 0, n + 1, s0.y);
      mlp_c_proj_add_rows64_store(y, bias, row + 0, n + 2, s0.z);
      mlp_c_proj_add_rows64_store(y, bias, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      mlp_c_proj_add_rows64_store(y, bias, row + 1, n + 0, s1.x);
      mlp_c_proj_add_rows64_store(y, bias, row + 1, n + 1, s1.y);
      mlp_c_proj_add_rows64_store(y, bias, row + 1, n + 2, s1.z);
      mlp_c_proj_add_rows64_store(y, bias, row + 1, n + 3, s1.w);
    }
    if (row + 2 < rows) {
      mlp_c_proj_add_rows64_store(y, bias, row + 2, n + 0, s2.x);
      mlp_c_proj_add_rows64_store(y, bias, row + 2, n + 1, s2.y);
      mlp_c_proj_add_rows64_store(y, bias, row + 2, n + 2, s2.z);
      mlp_c_proj_add_rows64_store(y, bias, row + 2, n + 3, s2.w);
    }
    if (row + 3 < rows) {
      mlp_c_proj_add_rows64_store(y, bias, row + 3, n + 0, s3.x);
      mlp_c_proj_add_rows64_store(y, bias, row + 3, n + 1, s3.y);
      mlp_c_proj_add_rows64_store(y, bias, row + 3, n + 2, s3.z);
      mlp_c_proj_add_rows64_store(y, bias, row + 3, n + 3, s3.w);
    }
  }
}

/* mlp_c_proj_add_rows128: x [rows, 3072] . W [3072, 768] = y [rows, 768], then bias, residual.
   Tiles of 128 rows x 64 outputs; a thread has 8 rows x 4 outputs; K in steps of 8,
   chunks of 96. W: panels [3072, 8]. */
FN void mlp_c_proj_add_rows128_store(GLOBAL float *y, GLOBAL const float *bias, int row, int n, float s) {
  enum { N = 768 };
  if (n < N) {
    y[(size_t) row * N + n] = y[(size_t) row * N + n] + (s + bias[n]);
  }
}
KERNEL_PAIR void mlp_c_proj_add_rows128(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W, GLOBAL const float *bias,
    GLOBAL float *y, int rows) {
  enum { K = 3072, N = 768, CHUNK = 96, PANELS = 96 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 132], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 8;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 127) / 128); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 128;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    GLOBAL const float *x1p = x + (size_t) MIN(m0 + rx + 32, rows - 1) * K + kx;
    GLOBAL const float *x2p = x + (size_t) MIN(m0 + rx + 64, rows - 1) * K + kx;
    GLOBAL const float *x3p = x + (size_t) MIN(m0 + rx + 96, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 8, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 8 + (n0 + nw) % 8;
    float x0, x1, x2, x3, w0, w1;
    x0 = *x0p;
    x1 = *x1p;
    x2 = *x2p;
    x3 = *x3p;
    w0 = wp[0];
    w1 = wp[32];
    x0p += 8;
    x1p += 8;
    x2p += 8;
    x3p += 8;
    wp += 64;
    float4 a0 = ZERO4, a1 = ZERO4, a2 = ZERO4, a3 = ZERO4, a4 = ZERO4, a5 = ZERO4, a6 = ZERO4, a7 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4, s2 = ZERO4, s3 = ZERO4, s4 = ZERO4, s5 = ZERO4, s6 = ZERO4, s7 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 132), *wh = ws + side * (8 * 64);
        xh[kx * 132 + rx + 0] = x0;
        xh[kx * 132 + rx + 32] = x1;
        xh[kx * 132 + rx + 64] = x2;
        xh[kx * 132 + rx + 96] = x3;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          x1 = *x1p;
          x2 = *x2p;
          x3 = *x3p;
          w0 = wp[0];
          w1 = wp[32];
          x0p += 8;
          x1p += 8;
          x2p += 8;
          x3p += 8;
          wp += 64;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 132 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
            a2 = FMA4(w, xk[2], a2);
            a3 = FMA4(w, xk[3], a3);
            a4 = FMA4(w, xk[4], a4);
            a5 = FMA4(w, xk[5], a5);
            a6 = FMA4(w, xk[6], a6);
            a7 = FMA4(w, xk[7], a7);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
        s2 = a2; a2 = ZERO4;
        s3 = a3; a3 = ZERO4;
        s4 = a4; a4 = ZERO4;
        s5 = a5; a5 = ZERO4;
        s6 = a6; a6 = ZERO4;
        s7 = a7; a7 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
        s2 = ADD4(s2, a2); a2 = ZERO4;
        s3 = ADD4(s3, a3); a3 = ZERO4;
        s4 = ADD4(s4, a4); a4 = ZERO4;
        s5 = ADD4(s5, a5); a5 = ZERO4;
        s6 = ADD4(s6, a6); a6 = ZERO4;
        s7 = ADD4(s7, a7); a7 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      mlp_c_proj_add_rows128_store(y, bias, row + 0, n + 0, s0.x);
      mlp_c_proj_add_rows128_store(y, bias, row + 0, n + 1, s0.y);
      mlp_c_proj_add_rows128_store(y, bias, row + 0, n + 2, s0.z);
      mlp_c_proj_add_rows128_store(y, bias, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      mlp_c_proj_add_rows128_store(y, bias, row + 1, n + 0, s1.x);
      mlp_c_proj_add_rows128_store(y, bias, row + 1, n + 1, s1.y);
      mlp_c_proj_add_rows128_store(y, bias, row + 1, n + 2, s1.z);
      mlp_c_proj_add_rows128_store(y, bias, row + 1, n + 3, s1.w);
    }
    if (row + 2 < rows) {
      mlp_c_proj_add_rows128_store(y, bias, row + 2, n + 0, s2.x);
      mlp_c_proj_add_rows128_store(y, bias, row + 2, n + 1, s2.y);
      mlp_c_proj_add_rows128_store(y, bias, row + 2, n + 2, s2.z);
      mlp_c_proj_add_rows128_store(y, bias, row + 2, n + 3, s2.w);
    }
    if (row + 3 < rows) {
      mlp_c_proj_add_rows128_store(y, bias, row + 3, n + 0, s3.x);
      mlp_c_proj_add_rows128_store(y, bias, row + 3, n + 1, s3.y);
      mlp_c_proj_add_rows128_store(y, bias, row + 3, n + 2, s3.z);
      mlp_c_proj_add_rows128_store(y, bias, row + 3, n + 3, s3.w);
    }
    if (row + 4 < rows) {
      mlp_c_proj_add_rows128_store(y, bias, row + 4, n + 0, s4.x);
      mlp_c_proj_add_rows128_store(y, bias, row + 4, n + 1, s4.y);
      mlp_c_proj_add_rows128_store(y, bias, row + 4, n + 2, s4.z);
      mlp_c_proj_add_rows128_store(y, bias, row + 4, n + 3, s4.w);
    }
    if (row + 5 < rows) {
      mlp_c_proj_add_rows128_store(y, bias, row + 5, n + 0, s5.x);
      mlp_c_proj_add_rows128_store(y, bias, row + 5, n + 1, s5.y);
      mlp_c_proj_add_rows128_store(y, bias, row + 5, n + 2, s5.z);
      mlp_c_proj_add_rows128_store(y, bias, row + 5, n + 3, s5.w);
    }
    if (row + 6 < rows) {
      mlp_c_proj_add_rows128_store(y, bias, row + 6, n + 0, s6.x);
      mlp_c_proj_add_rows128_store(y, bias, row + 6, n + 1, s6.y);
      mlp_c_proj_add_rows128_store(y, bias, row + 6, n + 2, s6.z);
      mlp_c_proj_add_rows128_store(y, bias, row + 6, n + 3, s6.w);
    }
    if (row + 7 < rows) {
      mlp_c_proj_add_rows128_store(y, bias, row + 7, n + 0, s7.x);
      mlp_c_proj_add_rows128_store(y, bias, row + 7, n + 1, s7.y);
      mlp_c_proj_add_rows128_store(y, bias, row + 7, n + 2, s7.z);
      mlp_c_proj_add_rows128_store(y, bias, row + 7, n + 3, s7.w);
    }
  }
}

/* lm_head_rows32: x [rows, 768] . W [768, 50257] = y [rows, 50257], then nothing.
   Tiles of 32 rows x 64 outputs; a thread has 2 rows x 4 outputs; K in steps of 8,
   chunks of 24. W: panels [768, 32]. */
FN void lm_head_rows32_store(GLOBAL float *y, int row, int n, float s) {
  enum { N = 50257 };
  if (n < N) {
    y[(size_t) row * N + n] = s;
  }
}
KERNEL_PAIR void lm_head_rows32(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W,
    GLOBAL float *y, int rows) {
  enum { K = 768, N = 50257, CHUNK = 24, PANELS = 1571 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 36], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 2;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 31) / 32); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 32;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 32, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 32 + (n0 + nw) % 32;
    float x0, w0, w1;
    x0 = *x0p;
    w0 = wp[0];
    w1 = wp[128];
    x0p += 8;
    wp += 256;
    float4 a0 = ZERO4, a1 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 36), *wh = ws + side * (8 * 64);
        xh[kx * 36 + rx + 0] = x0;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          w0 = wp[0];
          w1 = wp[128];
          x0p += 8;
          wp += 256;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 36 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      lm_head_rows32_store(y, row + 0, n + 0, s0.x);
      lm_head_rows32_store(y, row + 0, n + 1, s0.y);
      lm_head_rows32_store(y, row + 0, n + 2, s0.z);
      lm_head_rows32_store(y, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      lm_head_rows32_store(y, row + 1, n + 0, s1.x);
      lm_head_rows32_store(y, row + 1, n + 1, s1.y);
      lm_head_rows32_store(y, row + 1, n + 2, s1.z);
      lm_head_rows32_store(y, row + 1, n + 3, s1.w);
    }
  }
}

/* lm_head_rows64: x [rows, 768] . W [768, 50257] = y [rows, 50257], then nothing.
   Tiles of 64 rows x 64 outputs; a thread has 4 rows x 4 outputs; K in steps of 8,
   chunks of 24. W: panels [768, 32]. */
FN void lm_head_rows64_store(GLOBAL float *y, int row, int n, float s) {
  enum { N = 50257 };
  if (n < N) {
    y[(size_t) row * N + n] = s;
  }
}
KERNEL_PAIR void lm_head_rows64(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W,
    GLOBAL float *y, int rows) {
  enum { K = 768, N = 50257, CHUNK = 24, PANELS = 1571 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 68], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 4;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 63) / 64); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 64;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    GLOBAL const float *x1p = x + (size_t) MIN(m0 + rx + 32, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 32, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 32 + (n0 + nw) % 32;
    float x0, x1, w0, w1;
    x0 = *x0p;
    x1 = *x1p;
    w0 = wp[0];
    w1 = wp[128];
    x0p += 8;
    x1p += 8;
    wp += 256;
    float4 a0 = ZERO4, a1 = ZERO4, a2 = ZERO4, a3 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4, s2 = ZERO4, s3 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 68), *wh = ws + side * (8 * 64);
        xh[kx * 68 + rx + 0] = x0;
        xh[kx * 68 + rx + 32] = x1;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          x1 = *x1p;
          w0 = wp[0];
          w1 = wp[128];
          x0p += 8;
          x1p += 8;
          wp += 256;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 68 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
            a2 = FMA4(w, xk[2], a2);
            a3 = FMA4(w, xk[3], a3);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
        s2 = a2; a2 = ZERO4;
        s3 = a3; a3 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
        s2 = ADD4(s2, a2); a2 = ZERO4;
        s3 = ADD4(s3, a3); a3 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      lm_head_rows64_store(y, row + 0, n + 0, s0.x);
      lm_head_rows64_store(y, row + 0, n + 1, s0.y);
      lm_head_rows64_store(y, row + 0, n + 2, s0.z);
      lm_head_rows64_store(y, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      lm_head_rows64_store(y, row + 1, n + 0, s1.x);
      lm_head_rows64_store(y, row + 1, n + 1, s1.y);
      lm_head_rows64_store(y, row + 1, n + 2, s1.z);
      lm_head_rows64_store(y, row + 1, n + 3, s1.w);
    }
    if (row + 2 < rows) {
      lm_head_rows64_store(y, row + 2, n + 0, s2.x);
      lm_head_rows64_store(y, row + 2, n + 1, s2.y);
      lm_head_rows64_store(y, row + 2, n + 2, s2.z);
      lm_head_rows64_store(y, row + 2, n + 3, s2.w);
    }
    if (row + 3 < rows) {
      lm_head_rows64_store(y, row + 3, n + 0, s3.x);
      lm_head_rows64_store(y, row + 3, n + 1, s3.y);
      lm_head_rows64_store(y, row + 3, n + 2, s3.z);
      lm_head_rows64_store(y, row + 3, n + 3, s3.w);
    }
  }
}

/* lm_head_rows128: x [rows, 768] . W [768, 50257] = y [rows, 50257], then nothing.
   Tiles of 128 rows x 64 outputs; a thread has 8 rows x 4 outputs; K in steps of 8,
   chunks of 24. W: panels [768, 32]. */
FN void lm_head_rows128_store(GLOBAL float *y, int row, int n, float s) {
  enum { N = 50257 };
  if (n < N) {
    y[(size_t) row * N + n] = s;
  }
}
KERNEL_PAIR void lm_head_rows128(GLOBAL const float *RESTRICT x, GLOBAL const float *RESTRICT W,
    GLOBAL float *y, int rows) {
  enum { K = 768, N = 50257, CHUNK = 24, PANELS = 1571 };
  /* A step's x, transposed, 4 floats free after each k so that its banks are others; its W. */
  LOCAL_ARRAY float xs[2 * 8 * 132], ws[2 * 8 * 64];
  /* A wave has 4 x 8 threads, neighbours in one column: 128 bytes of W serve all of them. */
  const int r0 = (TID / 64 * 4 + TID / 16 % 2 * 2 + TID % 2) * 8;
  const int c0 = (TID / 32 % 2 * 8 + TID / 2 % 8) * 4;
  const int kx = TID % 8, rx = TID / 8, kw = TID / 64, nw = TID % 64;
  const int across = (N + 63) / 64;
  int side = 0;
  for (int tile = GROUP; tile < across * ((rows + 127) / 128); tile += GROUPS) {
    const int n0 = tile % across * 64, m0 = tile / across * 128;
    /* A thread's columns of x and of W. What lies behind the last row or panel is taken from
       there, for sums that nobody stores. */
    GLOBAL const float *x0p = x + (size_t) MIN(m0 + rx, rows - 1) * K + kx;
    GLOBAL const float *x1p = x + (size_t) MIN(m0 + rx + 32, rows - 1) * K + kx;
    GLOBAL const float *x2p = x + (size_t) MIN(m0 + rx + 64, rows - 1) * K + kx;
    GLOBAL const float *x3p = x + (size_t) MIN(m0 + rx + 96, rows - 1) * K + kx;
    const int panel = MIN((n0 + nw) / 32, PANELS - 1);
    GLOBAL const float *wp = W + ((size_t) panel * K + kw) * 32 + (n0 + nw) % 32;
    float x0, x1, x2, x3, w0, w1;
    x0 = *x0p;
    x1 = *x1p;
    x2 = *x2p;
    x3 = *x3p;
    w0 = wp[0];
    w1 = wp[128];
    x0p += 8;
    x1p += 8;
    x2p += 8;
    x3p += 8;
    wp += 256;
    float4 a0 = ZERO4, a1 = ZERO4, a2 = ZERO4, a3 = ZERO4, a4 = ZERO4, a5 = ZERO4, a6 = ZERO4, a7 = ZERO4;
    float4 s0 = ZERO4, s1 = ZERO4, s2 = ZERO4, s3 = ZERO4, s4 = ZERO4, s5 = ZERO4, s6 = ZERO4, s7 = ZERO4;
    for (int from = 0; from < K; from += CHUNK) {
      const int to = MIN(from + CHUNK, K);
      for (int k0 = from; k0 < to; k0 += 8) {
        LOCAL float *xh = xs + side * (8 * 132), *wh = ws + side * (8 * 64);
        xh[kx * 132 + rx + 0] = x0;
        xh[kx * 132 + rx + 32] = x1;
        xh[kx * 132 + rx + 64] = x2;
        xh[kx * 132 + rx + 96] = x3;
        wh[TID + 0] = w0;
        wh[TID + 256] = w1;
        BARRIER();
        if (k0 + 8 < K) {
          x0 = *x0p;
          x1 = *x1p;
          x2 = *x2p;
          x3 = *x3p;
          w0 = wp[0];
          w1 = wp[128];
          x0p += 8;
          x1p += 8;
          x2p += 8;
          x3p += 8;
          wp += 256;
        }
        if (m0 + r0 < rows) {
          UNROLL(8)
          for (int k = 0; k < 8; k++) {
            const float4 w = *(LOCAL const float4 *) (wh + k * 64 + c0);
            LOCAL const float *xk = xh + k * 132 + r0;
            a0 = FMA4(w, xk[0], a0);
            a1 = FMA4(w, xk[1], a1);
            a2 = FMA4(w, xk[2], a2);
            a3 = FMA4(w, xk[3], a3);
            a4 = FMA4(w, xk[4], a4);
            a5 = FMA4(w, xk[5], a5);
            a6 = FMA4(w, xk[6], a6);
            a7 = FMA4(w, xk[7], a7);
          }
        }
        side = 1 - side;
      }
      /* A chunk ends: its sum goes to those before it. */
      if (from == 0) {
        s0 = a0; a0 = ZERO4;
        s1 = a1; a1 = ZERO4;
        s2 = a2; a2 = ZERO4;
        s3 = a3; a3 = ZERO4;
        s4 = a4; a4 = ZERO4;
        s5 = a5; a5 = ZERO4;
        s6 = a6; a6 = ZERO4;
        s7 = a7; a7 = ZERO4;
      } else {
        s0 = ADD4(s0, a0); a0 = ZERO4;
        s1 = ADD4(s1, a1); a1 = ZERO4;
        s2 = ADD4(s2, a2); a2 = ZERO4;
        s3 = ADD4(s3, a3); a3 = ZERO4;
        s4 = ADD4(s4, a4); a4 = ZERO4;
        s5 = ADD4(s5, a5); a5 = ZERO4;
        s6 = ADD4(s6, a6); a6 = ZERO4;
        s7 = ADD4(s7, a7); a7 = ZERO4;
      }
    }
    const int row = m0 + r0, n = n0 + c0;
    if (row + 0 < rows) {
      lm_head_rows128_store(y, row + 0, n + 0, s0.x);
      lm_head_rows128_store(y, row + 0, n + 1, s0.y);
      lm_head_rows128_store(y, row + 0, n + 2, s0.z);
      lm_head_rows128_store(y, row + 0, n + 3, s0.w);
    }
    if (row + 1 < rows) {
      lm_head_rows128_store(y, row + 1, n + 0, s1.x);
      lm_head_rows128_store(y, row + 1, n + 1, s1.y);
      lm_head_rows128_store(y, row + 1, n + 2, s1.z);
      lm_head_rows128_store(y, row + 1, n + 3, s1.w);
    }
    if (row + 2 < rows) {
      lm_head_rows128_store(y, row + 2, n + 0, s2.x);
      lm_head_rows128_store(y, row + 2, n + 1, s2.y);
      lm_head_rows128_store(y, row + 2, n + 2, s2.z);
      lm_head_rows128_store(y, row + 2, n + 3, s2.w);
    }
    if (row + 3 < rows) {
      lm_head_rows128_store(y, row + 3, n + 0, s3.x);
      lm_head_rows128_store(y, row + 3, n + 1, s3.y);
      lm_head_rows128_store(y, row + 3, n + 2, s3.z);
      lm_head_rows128_store(y, row + 3, n + 3, s3.w);
    }
    if (row + 4 < rows) {
      lm_head_rows128_store(y, row + 4, n + 0, s4.x);
      lm_head_rows128_store(y, row + 4, n + 1, s4.y);
      lm_head_rows128_store(y, row + 4, n + 2, s4.z);
      lm_head_rows128_store(y, row + 4, n + 3, s4.w);
    }
    if (row + 5 < rows) {
      lm_head_rows128_store(y, row + 5, n + 0, s5.x);
      lm_head_rows128_store(y, row + 5, n + 1, s5.y);
      lm_head_rows128_store(y, row + 5, n + 2, s5.z);
      lm_head_rows128_store(y, row + 5, n + 3, s5.w);
    }
    if (row + 6 < rows) {
      lm_head_rows128_store(y, row + 6, n + 0, s6.x);
      lm_head_rows128_store(y, row + 6, n + 1, s6.y);
      lm_head_rows128_store(y, row + 6, n + 2, s6.z);
      lm_head_rows128_store(y, row + 6, n + 3, s6.w);
    }
    if (row + 7 < rows) {
      lm_head_rows128_store(y, row + 7, n + 0, s7.x);
      lm_head_rows128_store(y, row + 7, n + 1, s7.y);
      lm_head_rows128_store(y, row + 7, n + 2, s7.z);
      lm_head_rows128_store(y, row + 7, n + 3, s7.w);
    }
  }
}
