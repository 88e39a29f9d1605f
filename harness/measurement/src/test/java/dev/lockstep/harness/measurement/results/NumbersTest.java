package dev.lockstep.harness.measurement.results;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class NumbersTest {

  @Test
  void sixSignificantDigitsInPlainNotation() {
    assertEquals("123456789", Numbers.text(123456789L));
    assertEquals("123457000", Numbers.text(123456789.0));
    assertEquals("0.333333", Numbers.text(1.0 / 3));
    assertEquals("0", Numbers.text(0.0));
    assertEquals("-2.5", Numbers.text(-2.5));
  }

  @Test
  void verySmallNumbersKeepTheirExponent() {
    assertEquals("0.0000123457", Numbers.text(1.23456789e-5));
    assertEquals("1.23457E-9", Numbers.text(1.23456789e-9));
  }

  @Test
  void notMeasuredIsBlankNeverZero() {
    assertEquals("", Numbers.text((Double) null));
    assertEquals("", Numbers.text((Long) null));
    assertEquals("", Numbers.text((Integer) null));
    assertEquals("NaN", Numbers.text(Double.NaN));
  }
}
