package dev.lockstep.gpu.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Gpt2Config;
import dev.lockstep.gpu.device.DeviceTraits;
import dev.lockstep.gpu.device.Dialect;
import org.junit.jupiter.api.Test;

class GeometryTest {
  private static final DeviceTraits H100 = DeviceTraits.typical(Dialect.CUDA);

  private static Gpt2Config shape(int nHead, int nEmbd) {
    return new Gpt2Config(1, nHead, nEmbd, 1024, 50_257, 1e-5);
  }

  @Test
  void narrowProductsHaveNarrowPanelsSoThatEveryMultiprocessorHasOne() {
    Geometry gpt2 = new Geometry(shape(12, 768), H100);
    assertEquals(32, gpt2.panels(Product.C_ATTN).width());
    assertEquals(8, gpt2.panels(Product.C_PROJ).width());
    assertEquals(96, gpt2.panels(Product.MLP_C_PROJ).count());
    assertEquals(32, gpt2.panels(Product.LM_HEAD).width());
  }

  @Test
  void aTileIsAsLargeAsLeavesEveryMultiprocessorOneAndOnAProcessorSmall() {
    DeviceTraits processor = DeviceTraits.typical(Dialect.OPENCL);
    assertEquals(32, new Geometry(shape(12, 768), processor).tileRows(Product.C_FC, 64));
    Geometry gpt2 = new Geometry(shape(12, 768), H100);
    assertEquals(32, gpt2.tileRows(Product.C_FC, 128), "96 larger tiles for 132 multiprocessors");
    assertEquals(64, gpt2.tileRows(Product.C_FC, 256), "192 of them, 96 of the largest");
    assertEquals(128, gpt2.tileRows(Product.C_FC, 512));
    assertEquals(128, gpt2.tileRows(Product.LM_HEAD, 128));
    assertEquals(32, gpt2.tileRows(Product.LM_HEAD, 32), "half of a larger tile would be idle");
  }

  @Test
  void panelsHoldEveryElementOnce() {
    Panels panels = new Panels(5, 19, 8);
    boolean[] taken = new boolean[(int) panels.floats()];
    for (int k = 0; k < panels.inputs(); k++) {
      for (int n = 0; n < panels.outputs(); n++) {
        int at = (int) panels.index(k, n);
        assertFalse(taken[at]);
        taken[at] = true;
      }
    }
    assertEquals(3, panels.count());
  }

  @Test
  void whatDoesNotFitLocalMemoryIsNotFused() {
    assertTrue(new Geometry(shape(12, 768), H100).fusesInput(Product.C_PROJ));
    assertFalse(new Geometry(shape(256, 16_384), H100).fusesInput(Product.C_FC));
  }

  @Test
  void aHeadThatFitsNoDeviceIsRefusedWithTheFigures() {
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> new Geometry(shape(1, 4096), H100));
    String message = String.valueOf(error.getMessage());
    assertTrue(message.contains("4096") && message.contains("49152"), message);
  }
}
