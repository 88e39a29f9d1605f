package dev.lockstep.backend.simd.tile;

import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.MethodTypeDesc;

/// Writes a [TileKernel]: rows of A as they lie in memory, panels any distance apart, any depth.
///
/// ```java
/// a[a0 + r * lda + k]                        activation of row r
/// bFrom + p * bStep + 64L * k                address of the weights of panel p
/// init[i0 + r * ldi + p * cStep + lane]      the same in c
/// ```
final class TileGenerator extends KernelGenerator {
  private static final MethodTypeDesc RUN =
      MethodTypeDesc.of(
          CD_void, FLOATS, CD_int, CD_int, MATRIX, CD_long, CD_long, CD_int, FLOATS, CD_int, CD_int,
          FLOATS, CD_int, CD_int, CD_int);

  // The parameters of TileKernel.run as local variables; a long takes two.
  private static final int A = 1;
  private static final int A0 = 2;
  private static final int LDA = 3;
  private static final int B = 4;
  private static final int B_FROM = 5;
  private static final int B_STEP = 7;
  private static final int DEPTH = 9;
  private static final int INIT = 10;
  private static final int I0 = 11;
  private static final int LDI = 12;
  private static final int C = 13;
  private static final int C0 = 14;
  private static final int LDC = 15;
  private static final int C_STEP = 16;

  private final boolean packed;
  private final int[] rowOf;
  private final int[] panelOf;

  private TileGenerator(TileShape shape, CodeBuilder code) {
    super(shape, code);
    packed = shape.packed();
    rowOf = locals(shape.rows(), TypeKind.INT);
    panelOf = locals(shape.panels(), packed ? TypeKind.LONG : TypeKind.INT);
  }

  /// A new kernel of this shape.
  static TileKernel generate(TileShape shape) {
    return define(
        "Tile" + shape.name(), TileKernel.class, RUN, code -> new TileGenerator(shape, code).run());
  }

  @Override
  Operands operands() {
    return new Operands(A, B, INIT, C);
  }

  @Override
  void prologue() {
    for (int row = 0; row < rowOf.length; row++) {
      code.iload(A0).iload(LDA).loadConstant(row).imul().iadd().istore(rowOf[row]);
    }
    for (int panel = 0; panel < panelOf.length; panel++) {
      code.lload(B_FROM).lload(B_STEP).loadConstant((long) panel).lmul().ladd();
      if (packed) {
        code.lstore(panelOf[panel]);
      } else {
        code.l2i().istore(panelOf[panel]);
      }
    }
  }

  @Override
  void depth() {
    code.iload(DEPTH);
  }

  @Override
  void activation(int row, int step) {
    code.iload(rowOf[row]).iload(k).iadd().loadConstant(step).iadd();
  }

  @Override
  void panel(int panel) {
    if (packed) {
      code.lload(panelOf[panel]);
    } else {
      code.iload(panelOf[panel]);
    }
  }

  @Override
  void init(int row, int panel) {
    element(I0, LDI, row, panel);
  }

  @Override
  void c(int row, int panel) {
    element(C0, LDC, row, panel);
  }

  private void element(int from, int ld, int row, int panel) {
    code.iload(from).iload(ld).loadConstant(row).imul().iadd();
    code.iload(C_STEP).loadConstant(panel).imul().iadd();
  }
}
