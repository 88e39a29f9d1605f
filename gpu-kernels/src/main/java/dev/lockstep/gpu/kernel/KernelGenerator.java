package dev.lockstep.gpu.kernel;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;
import dev.lockstep.gpu.device.KernelSource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// Writes the kernels of one model for one kind of device.
///
/// The text is the same for the three dialects, up to its first lines: macros make it CUDA C, HIP C
/// or OpenCL C. `lockstep kernels` prints it.
public final class KernelGenerator {
  private final Geometry geometry;
  private final KernelOptions options;
  private final Sizes sizes;
  private final Map<String, String> kernels = new LinkedHashMap<>();

  private KernelGenerator(Geometry geometry, KernelOptions options) {
    this.geometry = geometry;
    this.options = options;
    sizes = new Sizes(geometry.config(), options.specialise());
  }

  /// The program for a model. The same arguments give the same text, always.
  public static KernelSource generate(
      Gpt2Config config, DeviceTraits traits, KernelOptions options) {
    KernelGenerator generator = new KernelGenerator(new Geometry(config, traits), options);
    if (options.fuse()) {
      generator.fused();
    } else {
      generator.unfused();
    }
    return generator.source();
  }

  private void fused() {
    AttentionKernels attention = new AttentionKernels(geometry, sizes);
    ElementKernels elements = new ElementKernels(geometry, sizes);
    put("embed", elements.embed());
    put("layernorm", elements.layerNorm());
    row(Product.C_ATTN, Input.LAYER_NORM, Output.KEYS_VALUES);
    put("attend", attention.attend());
    put("combine", attention.combine());
    row(Product.C_PROJ, Input.ATTENTION, Output.RESIDUAL);
    row(Product.C_FC, Input.LAYER_NORM, Output.GELU);
    row(Product.MLP_C_PROJ, Input.COPY, Output.RESIDUAL);
    row(Product.LM_HEAD, Input.LAYER_NORM, Output.LOGITS);
    put("argmax", ElementKernels.argmax());
    put("attend_tile", attention.attendTile());
    tiles(Product.C_ATTN, Output.KEYS_VALUES);
    tiles(Product.C_PROJ, Output.RESIDUAL);
    tiles(Product.C_FC, Output.GELU);
    tiles(Product.MLP_C_PROJ, Output.RESIDUAL);
    tiles(Product.LM_HEAD, Output.LOGITS);
  }

  private void unfused() {
    AttentionKernels attention = new AttentionKernels(geometry, sizes);
    ElementKernels elements = new ElementKernels(geometry, sizes);
    put("embed", elements.embed());
    put("layernorm", elements.layerNorm());
    row(Product.C_ATTN, Input.COPY, Output.BIAS);
    put("append", attention.append());
    put("attend", attention.attend());
    put("combine", attention.combine());
    row(Product.C_PROJ, Input.COPY, Output.BIAS);
    put("add", ElementKernels.add());
    row(Product.C_FC, Input.COPY, Output.BIAS);
    put("gelu", ElementKernels.gelu());
    row(Product.MLP_C_PROJ, Input.COPY, Output.BIAS);
    row(Product.LM_HEAD, Input.COPY, Output.LOGITS);
    put("argmax", ElementKernels.argmax());
    put("attend_tile", attention.attendTile());
    for (Product product : Product.values()) {
      tiles(product, product == Product.LM_HEAD ? Output.LOGITS : Output.BIAS);
    }
  }

  /// The kernel of a product on one row; its input is computed apart where it does not fit.
  private void row(Product product, Input input, Output output) {
    boolean fits = input == Input.COPY || geometry.fusesInput(product);
    RowProduct kernel = new RowProduct(geometry, sizes, product, fits ? input : Input.COPY, output);
    put(kernel.name(), kernel.text());
  }

  private void tiles(Product product, Output output) {
    for (int rows : geometry.tileSizes()) {
      TileProduct kernel = new TileProduct(geometry, options, product, output, rows);
      put(kernel.name(), kernel.text());
    }
  }

  private void put(String name, String text) {
    kernels.put(name, text);
  }

  private KernelSource source() {
    Gpt2Config config = geometry.config();
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            """
        /* GPT-2: %d blocks, %d heads, width %d, %d positions, vocabulary %d.
           %s for %s with %d compute units; %s, %s. Generated; %s. */
        """,
            config.nLayer(),
            config.nHead(),
            config.nEmbd(),
            config.nPositions(),
            config.vocabSize(),
            dialectName(geometry.traits().dialect()),
            geometry.traits().gpu() ? "a GPU" : "a CPU",
            geometry.traits().computeUnits(),
            options.fuse() ? "fused" : "not fused",
            options.specialise() ? "sizes are literals" : "sizes are arguments",
            options.oneOrder()
                ? "one order of arithmetic everywhere"
                : "prefill has an order of arithmetic of its own"));
    text.append(prelude()).append("\n/* ---- Kernels ").append("-".repeat(83)).append(" */\n");
    kernels.values().forEach(kernel -> text.append('\n').append(kernel));
    return new KernelSource(
        "gpt2." + geometry.traits().dialect().word(),
        geometry.traits().dialect(),
        text.toString(),
        kernels.keySet().stream().toList());
  }

  private static String dialectName(Dialect dialect) {
    return switch (dialect) {
      case CUDA -> "CUDA C";
      case HIP -> "HIP C";
      case OPENCL -> "OpenCL C";
    };
  }

  static String prelude() {
    try (InputStream in =
        Objects.requireNonNull(KernelGenerator.class.getResourceAsStream("prelude.h"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
