/// Worker processes: every backend runs in a JVM of its own, driven over a Unix-domain socket.
@NullMarked
package dev.lockstep.harness.worker;

import org.jspecify.annotations.NullMarked;
