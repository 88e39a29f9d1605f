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
