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
import java.util.function.Consumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorSpecies;

/// Writes the classes of kernels, with the Class-File API, as one would write them by hand.
///
/// A tile of R rows and V vectors needs R·V accumulators as *local variables*: only those become
/// registers. Java has no way to say that for every R and V but to write each kernel out. This
/// class writes what all kernels have in common, the arithmetic:
///
/// ```java
/// FloatVector c00 = FloatVector.fromArray(SPECIES_512, init, …);
/// FloatVector c10 = FloatVector.fromArray(SPECIES_512, init, …);
/// for (int k = 0; k < depth; k++) {
///   FloatVector b0 = FloatVector.fromMemorySegment(SPECIES_512, EVERYTHING, …, NATIVE);
///   c00 = FloatVector.broadcast(SPECIES_512, a[…]).fma(b0, c00);
///   c10 = FloatVector.broadcast(SPECIES_512, a[…]).fma(b0, c10);
/// }
/// c00.intoArray(c, …);
/// c10.intoArray(c, …);
/// ```
///
/// Where things lie is up to its two subclasses: [TileGenerator] and [BlockGenerator].
///
/// Each kernel is a hidden class of its own, so the species is a compile-time constant in it, all
/// widths can live in one JVM, and no kernel sees another's type profile.
abstract class KernelGenerator {
  static final ClassDesc FLOATS = describe(float[].class);
  static final ClassDesc MATRIX = describe(Matrix.class);
  private static final ClassDesc VECTOR = describe(FloatVector.class);
  private static final ClassDesc ANY_VECTOR = describe(Vector.class);
  private static final ClassDesc SPECIES = describe(VectorSpecies.class);
  private static final ClassDesc SEGMENT = describe(MemorySegment.class);
  private static final ClassDesc ORDER = describe(ByteOrder.class);

  private static final MethodTypeDesc FROM_ARRAY =
      MethodTypeDesc.of(VECTOR, SPECIES, FLOATS, CD_int);
  private static final MethodTypeDesc FROM_SEGMENT =
      MethodTypeDesc.of(VECTOR, SPECIES, SEGMENT, CD_long, ORDER);
  private static final MethodTypeDesc INTO_ARRAY = MethodTypeDesc.of(CD_void, FLOATS, CD_int);
  private static final MethodTypeDesc BROADCAST = MethodTypeDesc.of(VECTOR, SPECIES, CD_float);
  private static final MethodTypeDesc FMA = MethodTypeDesc.of(VECTOR, ANY_VECTOR, ANY_VECTOR);

  final CodeBuilder code;

  /// The local variable that holds k.
  final int k;

  /// The local variable that holds how far the weights of step k lie behind those of step 0: bytes,
  /// a long, if packed; floats if plain.
  final int kOffset;

  private final TileShape shape;
  private final int[][] accumulators;
  private final int[] loaded;
  private final int factor;
  private final int heap;
  private final int kStep;

  KernelGenerator(TileShape shape, CodeBuilder code) {
    this.shape = shape;
    this.code = code;
    accumulators = new int[shape.rows()][];
    for (int row = 0; row < shape.rows(); row++) {
      accumulators[row] = locals(shape.vectors(), TypeKind.REFERENCE);
    }
    loaded = locals(shape.vectors(), TypeKind.REFERENCE);
    factor = code.allocateLocal(TypeKind.REFERENCE);
    heap = code.allocateLocal(TypeKind.REFERENCE);
    kStep = code.allocateLocal(TypeKind.INT);
    k = code.allocateLocal(TypeKind.INT);
    kOffset = code.allocateLocal(shape.packed() ? TypeKind.LONG : TypeKind.INT);
  }

  /// New local variables.
  final int[] locals(int count, TypeKind kind) {
    int[] slots = new int[count];
    for (int i = 0; i < count; i++) {
      slots[i] = code.allocateLocal(kind);
    }
    return slots;
  }

  /// Defines a hidden class with one method, `run`, and makes an instance of it.
  static <T> T define(
      String name, Class<T> type, MethodTypeDesc signature, Consumer<CodeBuilder> body) {
    byte[] bytes =
        ClassFile.of()
            .build(
                ClassDesc.of(KernelGenerator.class.getPackageName(), name),
                builder ->
                    builder
                        .withFlags(ClassFile.ACC_FINAL)
                        .withInterfaceSymbols(describe(type))
                        .withMethodBody(
                            INIT_NAME,
                            MTD_void,
                            0,
                            code ->
                                code.aload(0)
                                    .invokespecial(CD_Object, INIT_NAME, MTD_void)
                                    .return_())
                        .withMethodBody("run", signature, ClassFile.ACC_PUBLIC, body));
    try {
      MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClass(bytes, true);
      return type.cast(hidden.lookupClass().getDeclaredConstructor().newInstance());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot define kernel " + name, e);
    }
  }

  /// The local variables that hold the operands, as `run` gets them.
  ///
  /// @param a activations
  /// @param b the weights' [Matrix]
  /// @param init where the chains start
  /// @param c where they end
  record Operands(int a, int b, int init, int c) {}

  abstract Operands operands();

  /// Computes what does not depend on k.
  abstract void prologue();

  /// Pushes K.
  abstract void depth();

  /// Pushes the index of the activation of a row at step `k + step`.
  abstract void activation(int row, int step);

  /// Pushes where the weights of a panel begin: an address if packed, else an index.
  abstract void panel(int panel);

  /// Pushes the index in `init` of row `row`, column 0 of panel `panel`.
  abstract void init(int row, int panel);

  /// Pushes the index in `c` of row `row`, column 0 of panel `panel`.
  abstract void c(int row, int panel);

  /// Writes the body of `run`.
  final void run() {
    prologue();
    if (!shape.packed()) {
      code.aload(operands().b());
      code.invokevirtual(MATRIX, "heap", MethodTypeDesc.of(FLOATS)).astore(heap);
      code.aload(operands().b());
      code.invokevirtual(MATRIX, "kStep", MethodTypeDesc.of(CD_int)).istore(kStep);
    }
    forEachAccumulator(this::load);
    code.iconst_0().istore(k);
    if (shape.unroll() > 1) {
      loop(shape.unroll());
    }
    loop(1);
    forEachAccumulator(this::store);
    code.return_();
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
    species().aload(operands().init());
    init(row, vector / shape.vectorsPerPanel());
    code.loadConstant(lane(vector)).iadd();
    code.invokestatic(VECTOR, "fromArray", FROM_ARRAY).astore(accumulators[row][vector]);
  }

  private void store(int row, int vector) {
    code.aload(accumulators[row][vector]).aload(operands().c());
    c(row, vector / shape.vectorsPerPanel());
    code.loadConstant(lane(vector)).iadd();
    code.invokevirtual(VECTOR, "intoArray", INTO_ARRAY);
  }

  /// The column in its panel at which a vector begins.
  private int lane(int vector) {
    return vector % shape.vectorsPerPanel() * shape.lanes();
  }

  /// `for (; k < depth − (steps − 1); k += steps)`
  private void loop(int steps) {
    Label head = code.newLabel();
    Label end = code.newLabel();
    code.labelBinding(head);
    code.iload(k);
    depth();
    code.loadConstant(steps - 1).isub().if_icmpge(end);
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
      species().aload(operands().a());
      activation(row, step);
      code.faload().invokestatic(VECTOR, "broadcast", BROADCAST).astore(factor);
      for (int vector = 0; vector < shape.vectors(); vector++) {
        int sum = accumulators[row][vector];
        code.aload(factor).aload(loaded[vector]).aload(sum);
        code.invokevirtual(VECTOR, "fma", FMA).astore(sum);
      }
    }
  }

  private void loadWeights(int vector, int step) {
    if (shape.packed()) {
      long constant = (long) step * Matrix.PANEL_BYTES + (long) lane(vector) * Float.BYTES;
      species().getstatic(describe(OffHeap.class), "EVERYTHING", SEGMENT);
      panel(vector / shape.vectorsPerPanel());
      code.lload(kOffset).ladd().loadConstant(constant).ladd();
      code.getstatic(describe(TileKernels.class), "NATIVE_ORDER", ORDER);
      code.invokestatic(VECTOR, "fromMemorySegment", FROM_SEGMENT);
    } else {
      species().aload(heap);
      panel(vector / shape.vectorsPerPanel());
      code.iload(kOffset).iadd().loadConstant(lane(vector)).iadd();
      code.invokestatic(VECTOR, "fromArray", FROM_ARRAY);
    }
    code.astore(loaded[vector]);
  }

  private CodeBuilder species() {
    return code.getstatic(VECTOR, "SPECIES_" + shape.vectorBits(), SPECIES);
  }

  static ClassDesc describe(Class<?> type) {
    return type.describeConstable().orElseThrow();
  }
}
