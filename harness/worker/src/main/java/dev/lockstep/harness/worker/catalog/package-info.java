/// Which backends there are, and how the user names them.
@NullMarked
package dev.lockstep.harness.worker.catalog;

import org.jspecify.annotations.NullMarked;
