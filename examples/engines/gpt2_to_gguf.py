#!/usr/bin/env python3
"""Writes a GPT-2 checkpoint in Hugging Face layout as a GGUF file for llama.cpp, every weight in single precision.
Usage: gpt2_to_gguf.py CHECKPOINT_DIRECTORY FILE.gguf   (needs NumPy)
The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md"""
import json, os, struct, sys
import numpy as np
from numpy_worker import read_safetensors

ALIGNMENT = 32
UINT32, FLOAT32, INT32, STRING, ARRAY = 4, 6, 5, 8, 9
NORMAL, CONTROL = 1, 3  # kinds of tokens


def string(text):
    data = text.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def value(kind, content):
    if kind == STRING:
        return string(content)
    return struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f"}[kind], content)


def field(key, kind, content):
    """A key and its value; a list is an array of that kind."""
    if isinstance(content, list):
        head = struct.pack("<IIQ", ARRAY, kind, len(content))
        return string(key) + head + b"".join(value(kind, each) for each in content)
    return string(key) + struct.pack("<I", kind) + value(kind, content)


def fields(directory, config, vocabulary):
    hidden = config.get("n_inner") or 4 * config["n_embd"]
    yield field("general.architecture", STRING, "gpt2")
    yield field("general.name", STRING, os.path.basename(os.path.abspath(directory)))
    yield field("general.file_type", UINT32, 0)  # all in single precision
    yield field("gpt2.context_length", UINT32, config["n_positions"])
    yield field("gpt2.embedding_length", UINT32, config["n_embd"])
    yield field("gpt2.feed_forward_length", UINT32, hidden)
    yield field("gpt2.block_count", UINT32, config["n_layer"])
    yield field("gpt2.attention.head_count", UINT32, config["n_head"])
    yield field("gpt2.attention.layer_norm_epsilon", FLOAT32, config.get("layer_norm_epsilon", 1e-5))
    tokens, merges = tokenizer(directory, vocabulary)
    last = tokens[-1]
    yield field("tokenizer.ggml.model", STRING, "gpt2")
    yield field("tokenizer.ggml.pre", STRING, "gpt-2")
    yield field("tokenizer.ggml.tokens", STRING, tokens)
    yield field("tokenizer.ggml.token_type", INT32, [CONTROL if each == last else NORMAL for each in tokens])
    yield field("tokenizer.ggml.merges", STRING, merges)
    yield field("tokenizer.ggml.bos_token_id", UINT32, len(tokens) - 1)
    yield field("tokenizer.ggml.eos_token_id", UINT32, len(tokens) - 1)


def tokenizer(directory, vocabulary):
    """Its tokens by id, and its merges; stand-ins where the checkpoint has none: Lockstep sends ids and takes ids."""
    names = [f"<{token}>" for token in range(vocabulary)]
    merges = []
    if os.path.exists(os.path.join(directory, "vocab.json")):
        with open(os.path.join(directory, "vocab.json"), encoding="utf-8") as file:
            for name, token in json.load(file).items():
                names[token] = name
        with open(os.path.join(directory, "merges.txt"), encoding="utf-8") as file:
            merges = [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#version")]
    return names, merges


def tensors(weights, layers):
    """What llama.cpp calls each of them; Hugging Face keeps a linear layer as [in, out], llama.cpp as [out, in]."""
    yield "token_embd.weight", weights["wte.weight"]
    yield "position_embd.weight", weights["wpe.weight"]
    if "lm_head.weight" in weights:  # else the head is the embedding
        yield "output.weight", weights["lm_head.weight"]
    names = [("output_norm", "ln_f")]
    for layer in range(layers):
        for theirs, ours in (("attn_norm", "ln_1"), ("attn_qkv", "attn.c_attn"), ("attn_output", "attn.c_proj"),
                             ("ffn_norm", "ln_2"), ("ffn_up", "mlp.c_fc"), ("ffn_down", "mlp.c_proj")):
            names.append((f"blk.{layer}.{theirs}", f"h.{layer}.{ours}"))
    for theirs, ours in names:
        yield theirs + ".weight", weights[ours + ".weight"].T
        yield theirs + ".bias", weights[ours + ".bias"]


def main(directory, path):
    with open(os.path.join(directory, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    weights = read_safetensors(directory)
    described = list(fields(directory, config, weights["wte.weight"].shape[0]))
    listed = [(name, np.ascontiguousarray(tensor, "<f4")) for name, tensor in tensors(weights, config["n_layer"])]
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(listed), len(described)) + b"".join(described)
    offset = 0
    for name, tensor in listed:
        shape = tensor.shape[::-1]  # the innermost first
        head += string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset)
        offset += padded(tensor.nbytes)
    with open(path, "wb") as file:
        file.write(head.ljust(padded(len(head)), b"\0"))
        for _, tensor in listed:
            file.write(tensor.tobytes().ljust(padded(tensor.nbytes), b"\0"))


def padded(length):
    return -(-length // ALIGNMENT) * ALIGNMENT


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
