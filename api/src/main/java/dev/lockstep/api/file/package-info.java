/// Files and directories: the one door through which they are made, the claim on a directory, and
/// what to tell a user when something cannot be done.
@NullMarked
package dev.lockstep.api.file;

import org.jspecify.annotations.NullMarked;
