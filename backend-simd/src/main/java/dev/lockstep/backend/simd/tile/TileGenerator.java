package dev.lockstep.backend.simd.tile;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;
import static java.lang.constant.ConstantDescs.MTD_void;

import dev.lockstep.backend.simd.memory.OffHeap;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/// Writes the class of a [TileKernel] for one shape.
///
/// A tile of R rows and V vectors needs R·V accumulators as *local variables*: only those become
/// registers. Java has no way to say that for every R and V but to write each kernel out, so this
/// class does the writing, with the Class-File API, as one would by hand. For two rows and one
/// panel of 512 bits, packed, it is
///
/// ```java
/// FloatVector c00 = FloatVector.fromArray(SPECIES_512, init, i0);
/// FloatVector c10 = FloatVector.fromArray(SPECIES_512, init, i0 + ldi);
/// for (int k = 0; k < depth; k++) {
///   FloatVector b0 = FloatVector.fromMemorySegment(SPECIES_512, EVERYTHING, bFrom + 64L * k,
/// NATIVE); c00 = FloatVector.broadcast(SPECIES_512, a[a0 + k]).fma(b0, c00);
///   c10 = FloatVector.broadcast(SPECIES_512, a[a0 + lda + k]).fma(b0, c10);
/// }
/// c00.intoArray(c, c0);
/// c10.intoArray(c, c0 + ldc);
/// ```
///
/// Each kernel is a hidden class of its own, so the species is a compile-time constant in it, all
/// widths can live in one JVM, and no kernel sees another's type profile.
final class TileGenerator {
  private static final ClassDesc VECTOR = describe(FloatVector.class);
  private static final ClassDesc ANY_VECTOR = describe(Vector.class);
  private static final ClassDesc SPECIES = describe(VectorSpecies.class);
  private static final ClassDesc SEGMENT = describe(MemorySegment.class);
  private static final ClassDesc ORDER = describe(ByteOrder.class);
  private static final ClassDesc KERNEL = describe(TileKernel.class);
  private static final ClassDesc MATRIX = describe(Matrix.class);
  private static final ClassDesc FLOATS = describe(float[].class);

  private static final MethodTypeDesc RUN =
      MethodTypeDesc.of(
          CD_void, FLOATS, CD_int, CD_int, MATRIX, CD_long, CD_long, CD_int, FLOATS, CD_int, CD_int,
          FLOATS, CD_int, CD_int, CD_int);
  private static final MethodTypeDesc FROM_ARRAY =
      MethodTypeDesc.of(VECTOR, SPECIES, FLOATS, CD_int);
  private static final MethodTypeDesc FROM_SEGMENT =
      MethodTypeDesc.of(VECTOR, SPECIES, SEGMENT, CD_long, ORDER);
  private static final MethodTypeDesc INTO_ARRAY = MethodTypeDesc.of(CD_void, FLOATS, CD_int);
  private static final MethodTypeDesc BROADCAST = MethodTypeDesc.of(VECTOR, SPECIES, CD_float);
  private static final MethodTypeDesc FMA = MethodTypeDesc.of(VECTOR, ANY_VECTOR, ANY_VECTOR);

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

  private final TileShape shape;
  private final CodeBuilder code;
  private final int[][] accumulators;
  private final int[] rowOf;
  private final int[] panelOf;
  private final int[] loaded;
  private final int heap;
  private final int kStep;
  private final int k;
  private final int kOffset;
  private final int factor;

  private TileGenerator(TileShape shape, CodeBuilder code) {
    this.shape = shape;
    this.code = code;
    accumulators = new int[shape.rows()][];
    for (int row = 0; row < shape.rows(); row++) {
      accumulators[row] = locals(shape.vectors(), TypeKind.REFERENCE);
    }
    rowOf = locals(shape.rows(), TypeKind.INT);
    panelOf = locals(shape.panels(), shape.packed() ? TypeKind.LONG : TypeKind.INT);
    loaded = locals(shape.vectors(), TypeKind.REFERENCE);
    heap = code.allocateLocal(TypeKind.REFERENCE);
    kStep = code.allocateLocal(TypeKind.INT);
    k = code.allocateLocal(TypeKind.INT);
    kOffset = code.allocateLocal(shape.packed() ? TypeKind.LONG : TypeKind.INT);
    factor = code.allocateLocal(TypeKind.REFERENCE);
  }

  private int[] locals(int count, TypeKind kind) {
    int[] slots = new int[count];
    for (int i = 0; i < count; i++) {
      slots[i] = code.allocateLocal(kind);
    }
    return slots;
  }

  /// A new kernel of this shape.
  static TileKernel generate(TileShape shape) {
    String name =
        "Tile%dx%d_%d_%s%s"
            .formatted(
                shape.rows(),
                shape.panels(),
                shape.vectorBits(),
                shape.packed() ? "packed" : "plain",
                shape.interleaved() ? "_interleaved" : "");
    ClassDesc thisClass = ClassDesc.of(TileGenerator.class.getPackageName(), name);
    byte[] bytes =
        ClassFile.of()
            .build(
                thisClass,
                type ->
                    type.withFlags(ClassFile.ACC_FINAL)
                        .withInterfaceSymbols(KERNEL)
                        .withMethodBody(
                            INIT_NAME,
                            MTD_void,
                            0,
                            code ->
                                code.aload(0)
                                    .invokespecial(CD_Object, INIT_NAME, MTD_void)
                                    .return_())
                        .withMethodBody(
                            "run",
                            RUN,
                            ClassFile.ACC_PUBLIC,
                            code -> new TileGenerator(shape, code).run()));
    try {
      MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClass(bytes, true);
      return (TileKernel) hidden.lookupClass().getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot define kernel " + name, e);
    }
  }

  private void run() {
    rowStarts();
    panelStarts();
    forEachAccumulator(this::load);
    code.iconst_0().istore(k);
    if (shape.unroll() > 1) {
      loop(shape.unroll());
    }
    loop(1);
    forEachAccumulator(this::store);
    code.return_();
  }

  /// `rowOf[r] = a0 + r · lda`
  private void rowStarts() {
    for (int row = 0; row < shape.rows(); row++) {
      code.iload(A0).iload(LDA).loadConstant(row).imul().iadd().istore(rowOf[row]);
    }
  }

  /// `panelOf[p] = bFrom + p · bStep`, and in a plain matrix what a step of k is.
  private void panelStarts() {
    for (int panel = 0; panel < shape.panels(); panel++) {
      code.lload(B_FROM).lload(B_STEP).loadConstant((long) panel).lmul().ladd();
      if (shape.packed()) {
        code.lstore(panelOf[panel]);
      } else {
        code.l2i().istore(panelOf[panel]);
      }
    }
    if (!shape.packed()) {
      code.aload(B).invokevirtual(MATRIX, "heap", MethodTypeDesc.of(FLOATS)).astore(heap);
      code.aload(B).invokevirtual(MATRIX, "kStep", MethodTypeDesc.of(CD_int)).istore(kStep);
    }
  }

  private interface Emitter {
    void emit(int row, int vector);
  }

  private void forEachAccumulator(Emitter each) {
    for (int row = 0; row < shape.rows(); row++) {
      for (int vector = 0; vector < shape.vectors(); vector++) {
        each.emit(row, vector);
      }
    }
  }

  private void load(int row, int vector) {
    species().aload(INIT);
    element(I0, LDI, row, vector);
    code.invokestatic(VECTOR, "fromArray", FROM_ARRAY).astore(accumulators[row][vector]);
  }

  private void store(int row, int vector) {
    code.aload(accumulators[row][vector]).aload(C);
    element(C0, LDC, row, vector);
    code.invokevirtual(VECTOR, "intoArray", INTO_ARRAY);
  }

  /// Pushes the index of a vector in `init` or `c`.
  private void element(int from, int ld, int row, int vector) {
    int panel = vector / shape.vectorsPerPanel();
    int lane = vector % shape.vectorsPerPanel() * shape.lanes();
    code.iload(from).iload(ld).loadConstant(row).imul().iadd();
    code.iload(C_STEP).loadConstant(panel).imul().iadd().loadConstant(lane).iadd();
  }

  /// `for (; k < depth − (steps − 1); k += steps)`
  private void loop(int steps) {
    Label head = code.newLabel();
    Label end = code.newLabel();
    code.labelBinding(head);
    code.iload(k).iload(DEPTH).loadConstant(steps - 1).isub().if_icmpge(end);
    if (shape.packed()) {
      code.iload(k).i2l().loadConstant((long) Matrix.PANEL_BYTES).lmul().lstore(kOffset);
    }
    for (int step = 0; step < steps; step++) {
      step(step);
    }
    code.iinc(k, steps).goto_(head).labelBinding(end);
  }

  private void step(int step) {
    if (!shape.packed()) {
      code.iload(k).loadConstant(step).iadd().iload(kStep).imul().istore(kOffset);
    }
    for (int vector = 0; vector < shape.vectors(); vector++) {
      loadWeights(vector, step);
    }
    for (int row = 0; row < shape.rows(); row++) {
      species().aload(A);
      activation(row, step);
      code.faload().invokestatic(VECTOR, "broadcast", BROADCAST).astore(factor);
      for (int vector = 0; vector < shape.vectors(); vector++) {
        int sum = accumulators[row][vector];
        code.aload(factor).aload(loaded[vector]).aload(sum);
        code.invokevirtual(VECTOR, "fma", FMA).astore(sum);
      }
    }
  }

  /// Pushes the index of the activation of a row at step `k + step`.
  private void activation(int row, int step) {
    if (shape.interleaved()) {
      int constant = row + step * TileKernel.INTERLEAVED_ROWS;
      code.iload(A0);
      code.iload(k).loadConstant(TileKernel.INTERLEAVED_ROWS).imul().iadd();
      code.loadConstant(constant).iadd();
    } else {
      code.iload(rowOf[row]).iload(k).iadd().loadConstant(step).iadd();
    }
  }

  private void loadWeights(int vector, int step) {
    int panel = panelOf[vector / shape.vectorsPerPanel()];
    int lane = vector % shape.vectorsPerPanel() * shape.lanes();
    if (shape.packed()) {
      long constant = (long) step * Matrix.PANEL_BYTES + (long) lane * Float.BYTES;
      species().getstatic(describe(OffHeap.class), "EVERYTHING", SEGMENT);
      code.lload(panel).lload(kOffset).ladd().loadConstant(constant).ladd();
      code.getstatic(describe(TileKernels.class), "NATIVE_ORDER", ORDER);
      code.invokestatic(VECTOR, "fromMemorySegment", FROM_SEGMENT);
    } else {
      species().aload(heap).iload(panel).iload(kOffset).iadd().loadConstant(lane).iadd();
      code.invokestatic(VECTOR, "fromArray", FROM_ARRAY);
    }
    code.astore(loaded[vector]);
  }

  private CodeBuilder species() {
    return code.getstatic(VECTOR, "SPECIES_" + shape.vectorBits(), SPECIES);
  }

  private static ClassDesc describe(Class<?> type) {
    return type.describeConstable().orElseThrow();
  }
}
