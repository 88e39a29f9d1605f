package dev.lockstep.harness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RepeatCommandTest {
  @ParameterizedTest
  @CsvSource({
    "run, ./lockstep run",
    "run -b simd -o runs/x -r 5, ./lockstep run -b simd -r 5",
    "run --output runs/x --resume, ./lockstep run",
    "run --output=runs/x -oruns/y a, ./lockstep run a",
    "run -b simd -- -o runs/x, ./lockstep run -b simd -- -o runs/x",
    "--stacktrace run -n 3, ./lockstep run -n 3",
  })
  void whereTheResultsGoIsNotPartOfIt(String typed, String expected) {
    assertEquals(expected, RepeatCommand.of(List.of(typed.split(" ", -1)), "run"));
  }
}
