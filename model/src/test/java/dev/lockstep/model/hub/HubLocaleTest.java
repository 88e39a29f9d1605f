package dev.lockstep.model.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a server reads has ASCII digits in every locale.
class HubLocaleTest extends HubCase {
  private final Locale usual = Locale.getDefault();

  @AfterEach
  void takeTheLocaleBack() {
    Locale.setDefault(usual);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ar-EG-u-nu-arab", "fa-IR", "hi-IN-u-nu-deva", "tr-TR", "de-DE"})
  void aContinuedDownloadAsksForARangeInAsciiDigits(String locale) throws IOException {
    Locale.setDefault(Locale.forLanguageTag(locale));
    hub.lieOnce(FakeHub.blob(WEIGHTS), hub.truncated(WEIGHTS, 60_000));
    assertArrayEquals(weights, Files.readAllBytes(fetch().resolve(WEIGHTS)));
    assertTrue(
        hub.requests.stream()
            .anyMatch(r -> r.matches("GET localhost /store/model.safetensors bytes=[0-9]+-.*")),
        hub.requests.toString());
    assertTrue(
        events.stream().anyMatch(e -> e.matches("started model.safetensors [1-9][0-9]*/100000")),
        events.toString());
  }
}
