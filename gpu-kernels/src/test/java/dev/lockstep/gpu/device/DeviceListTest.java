package dev.lockstep.gpu.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What the option `device` means, for every GPU backend.
class DeviceListTest {
  private record Device(String name, boolean isGpu) implements DeviceList.Entry {}

  private static final Device CPU = new Device("Core i7-4090", false);
  private static final Device OLD = new Device("NVIDIA A100", true);
  private static final Device NEW = new Device("NVIDIA H200", true);
  private static final DeviceList<Device> ALL = new DeviceList<>(List.of(CPU, OLD, NEW));

  @Test
  void autoIsTheFirstGpuElseTheFirstDevice() {
    assertEquals(Optional.of(OLD), ALL.choose("auto"));
    assertEquals(Optional.of(CPU), new DeviceList<>(List.of(CPU)).choose("auto"));
    assertEquals(Optional.empty(), new DeviceList<Device>(List.of()).choose("auto"));
  }

  @Test
  void aNumberIsAPlaceInTheList() {
    assertEquals(Optional.of(CPU), ALL.choose("0"));
    assertEquals(Optional.of(NEW), ALL.choose("2"));
  }

  @Test
  void aNumberThatNoDeviceHasIsNotAPartOfAName() {
    assertEquals(Optional.empty(), ALL.choose("7"));
    assertEquals(Optional.empty(), ALL.choose("99"));
  }

  @Test
  void aPartOfANameInAnyCaseIsTheFirstDeviceThatHasIt() {
    assertEquals(Optional.of(OLD), ALL.choose("nvidia"));
    assertEquals(Optional.of(NEW), ALL.choose("h200"));
    assertEquals(Optional.of(NEW), ALL.choose("200"));
    assertEquals(Optional.of(CPU), ALL.choose("4090"));
    assertEquals(Optional.empty(), ALL.choose("99999999999"));
  }

  @Test
  void theAnswerNamesWhatThereIs() {
    assertEquals(
        "no device is called 'voodoo'; there are: 0 (Core i7-4090), 1 (NVIDIA A100), 2 (NVIDIA H200)",
        ALL.noneIsCalled("voodoo").reason());
  }
}
