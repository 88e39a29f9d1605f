package dev.lockstep.backend.simd.tile;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.MethodTypeDesc;
import java.util.Locale;

/// Writes a [BlockKernel]: interleaved rows, neighbouring panels, one depth.
///
/// ```java
/// a[a0 + 8 * k + r]                          activation of row r
/// bFrom + 64L * (p * DEPTH + k)              address of the weights of panel p
/// init[i0 + 16 * p + lane]                   for every row
/// c[c0 + r * ldc + 16 * p + lane]
/// ```
///
/// **Why the depth is a constant.** An x86 processor has 16 general registers, of which some 13 are
/// free. The compiler keeps there what the loop needs and what is needed after it. With one value
/// too many, it parks one in a vector register and fetches it back at every step, on the ports that
/// multiply. With K known, the panels' distances are constants in the instructions, and registers
/// are left over.
final class BlockGenerator extends KernelGenerator {
  private static final MethodTypeDesc RUN =
      MethodTypeDesc.of(
          CD_void, FLOATS, CD_int, MATRIX, CD_long, FLOATS, CD_int, FLOATS, CD_int, CD_int);

  // The parameters of BlockKernel.run as local variables; a long takes two.
  private static final int A = 1;
  private static final int A0 = 2;
  private static final int B = 3;
  private static final int B_FROM = 4;
  private static final int INIT = 6;
  private static final int I0 = 7;
  private static final int C = 8;
  private static final int C0 = 9;
  private static final int LDC = 10;

  private final boolean packed;
  private final int depth;

  private BlockGenerator(TileShape shape, int depth, CodeBuilder code) {
    super(shape, code);
    packed = shape.packed();
    this.depth = depth;
  }

  /// A new kernel of this shape.
  static BlockKernel generate(TileShape shape, int depth) {
    return define(
        String.format(Locale.ROOT, "Block%s_%d", shape.name(), depth),
        BlockKernel.class,
        RUN,
        code -> new BlockGenerator(shape, depth, code).run());
  }

  @Override
  Operands operands() {
    return new Operands(A, B, INIT, C);
  }

  @Override
  void prologue() {}

  @Override
  void depth() {
    code.loadConstant(depth);
  }

  @Override
  void activation(int row, int step) {
    code.iload(A0).iload(k).loadConstant(RowBlocks.HEIGHT).imul().iadd();
    code.loadConstant(row + step * RowBlocks.HEIGHT).iadd();
  }

  @Override
  void panel(int panel) {
    code.lload(B_FROM);
    if (packed) {
      code.loadConstant((long) panel * depth * Matrix.PANEL_BYTES).ladd();
    } else {
      code.l2i().loadConstant(panel * Matrix.PANEL).iadd();
    }
  }

  @Override
  void init(int row, int panel) {
    code.iload(I0).loadConstant(panel * Matrix.PANEL).iadd();
  }

  @Override
  void c(int row, int panel) {
    code.iload(C0).iload(LDC).loadConstant(row).imul().iadd();
    code.loadConstant(panel * Matrix.PANEL).iadd();
  }
}
