/// The contract that every backend obeys, as JUnit base classes that plugin authors extend.
@NullMarked
package dev.lockstep.tck;

import org.jspecify.annotations.NullMarked;
