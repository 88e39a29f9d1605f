package dev.lockstep.backend.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lockstep.api.Availability.Available;
import dev.lockstep.api.Availability.Unavailable;
import dev.lockstep.api.OptionValues;
import dev.lockstep.tck.RandomModel;
import dev.lockstep.tck.Subject;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeviceChoiceTest {

  @BeforeEach
  void needsADevice() {
    OpenClForTests.requireDevice();
  }

  private static String name() {
    return assertInstanceOf(Available.class, DeviceChoice.availability("auto")).device();
  }

  @Test
  void aDeviceIsChosenByItsNumberOrByAPartOfItsName() {
    String name = name();
    assertEquals(new Available(name), DeviceChoice.availability(name.substring(2, 9)));
    String first = ClDeviceInfo.all(platform -> {}).getFirst().name();
    assertEquals(new Available(first), DeviceChoice.availability("0"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"99", "999999999", "9999999999"})
  void aNumberThatNoDeviceHasIsRefused(String number) {
    Unavailable refused = assertInstanceOf(Unavailable.class, DeviceChoice.availability(number));
    assertTrue(refused.reason().startsWith("no device is called '" + number), refused.reason());
  }

  @Test
  void aDeviceThatIsNotThereIsRefusedWithTheOnesThatAre() {
    Unavailable refused = assertInstanceOf(Unavailable.class, DeviceChoice.availability("voodoo"));
    assertTrue(refused.reason().contains("'voodoo'"), refused.reason());
    assertTrue(refused.reason().contains(name()), refused.reason());
    OpenClBackend backend = new OpenClBackend();
    OptionValues options = OptionValues.of(backend.options(), Map.of("device", "voodoo"));
    assertThrows(
        IllegalStateException.class,
        () -> backend.load(RandomModel.tied(Subject.SHAPE, 1), options));
  }

  @Test
  void versionsAreReadAsNumbers() {
    assertFalse(ClDeviceInfo.isAtLeast12("OpenCL 1.1 something"));
    assertTrue(ClDeviceInfo.isAtLeast12("OpenCL 1.2 something"));
    assertTrue(ClDeviceInfo.isAtLeast12("OpenCL 3.0 PoCL HSTR: pthread"));
  }
}
