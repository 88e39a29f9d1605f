/// The service-provider interface that a GPT-2 backend implements, and the vocabulary it shares
/// with the harness: configuration, weights, options, activations. No third-party dependency.
@NullMarked
package dev.lockstep.api;

import org.jspecify.annotations.NullMarked;
