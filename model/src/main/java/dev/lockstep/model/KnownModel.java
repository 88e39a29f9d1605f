package dev.lockstep.model;

/// A model that [Models#open] could be asked for.
///
/// @param argument what to pass to [Models#open]
/// @param description one line for people: shape and size
/// @param present whether opening it reads only what is on disk already
/// @param note where it lies, or what opening it would do; for a model that cannot be used, why
public record KnownModel(String argument, String description, boolean present, String note) {}
