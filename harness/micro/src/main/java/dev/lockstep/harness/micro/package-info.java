/// JMH benchmarks of whole forward passes, through the SPI, for any backend.
@NullMarked
package dev.lockstep.harness.micro;

import org.jspecify.annotations.NullMarked;
