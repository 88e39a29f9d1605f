package dev.lockstep.gpu.compiler;

/// What a compiler made of a source.
///
/// @param bytes machine code, or PTX as text that ends with a zero byte
/// @param log warnings and whatever else it was asked to say; often empty
public record CompiledCode(byte[] bytes, String log) {}
