#!/usr/bin/env python3
"""The synthetic weights of docs/numerics.md in another language, to show that the description suffices.

  synthetic_weights.py SEED N_LAYER N_HEAD N_EMBD N_POSITIONS VOCAB_SIZE [FILE]

prints the SHA-256 of the checkpoint `synthetic:n_layer=…:…:seed=SEED`, and writes it to FILE if one is given. Plain Python:
for small shapes only.
"""
import hashlib
import json
import math
import re
import struct
import sys

MASK = (1 << 64) - 1
GAMMA = 0x9E3779B97F4A7C15


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def fnv1a64(name):
    h = 0xCBF29CE484222325
    for b in name.encode():
        h = ((h ^ b) * 0x100000001B3) & MASK
    return h


def element(key, mean, deviation, index):
    words = (mix((key + (3 * index + j + 1) * GAMMA) & MASK) for j in range(3))
    total = sum((w >> shift) & 0xFFFF for w in words for shift in (0, 16, 32, 48))
    return mean + deviation * ((total - 393210) / 65536)


def scale(name, n_embd, n_layer):
    width, depth = math.sqrt(n_embd), math.sqrt(n_layer)
    return {
        "wte.weight": (0, 1 / width),
        "wpe.weight": (0, 1.5 / width),
        "ln_1.weight": (1, 0.1), "ln_2.weight": (1, 0.1), "ln_f.weight": (1, 0.1),
        "ln_1.bias": (0, 0.05), "ln_2.bias": (0, 0.05), "ln_f.bias": (0, 0.05),
        "attn.c_attn.weight": (0, 2 / width), "attn.c_attn.bias": (0, 0.1),
        "attn.c_proj.weight": (0, 0.25 / (width * depth)), "attn.c_proj.bias": (0, 0.05 / depth),
        "mlp.c_fc.weight": (0, 0.5 / width), "mlp.c_fc.bias": (0, 0.05),
        "mlp.c_proj.weight": (0, 1.75 / (width * depth)), "mlp.c_proj.bias": (0, 0.1 / depth),
    }[re.sub(r"^h\.\d+\.", "", name)]


def shapes(n_layer, n_embd, n_positions, vocab_size):
    c = n_embd
    yield "wte.weight", [vocab_size, c]
    yield "wpe.weight", [n_positions, c]
    for layer in range(n_layer):
        for name, shape in (("ln_1.weight", [c]), ("ln_1.bias", [c]),
                            ("attn.c_attn.weight", [c, 3 * c]), ("attn.c_attn.bias", [3 * c]),
                            ("attn.c_proj.weight", [c, c]), ("attn.c_proj.bias", [c]),
                            ("ln_2.weight", [c]), ("ln_2.bias", [c]),
                            ("mlp.c_fc.weight", [c, 4 * c]), ("mlp.c_fc.bias", [4 * c]),
                            ("mlp.c_proj.weight", [4 * c, c]), ("mlp.c_proj.bias", [c])):
            yield f"h.{layer}.{name}", shape
    yield "ln_f.weight", [c]
    yield "ln_f.bias", [c]


def checkpoint(seed, n_layer, n_embd, n_positions, vocab_size):
    header, data = {}, bytearray()
    for name, shape in shapes(n_layer, n_embd, n_positions, vocab_size):
        key = mix(mix((seed + GAMMA) & MASK) ^ fnv1a64(name))
        mean, deviation = scale(name, n_embd, n_layer)
        begin = len(data)
        for index in range(math.prod(shape)):
            data += struct.pack("<f", element(key, mean, deviation, index))
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, len(data)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 8) % 64)
    return struct.pack("<Q", len(text)) + text + data


if __name__ == "__main__":
    if len(sys.argv) not in (7, 8):
        sys.exit(__doc__)
    seed, n_layer, n_head, n_embd, n_positions, vocab_size = map(int, sys.argv[1:7])
    file = checkpoint(seed, n_layer, n_embd, n_positions, vocab_size)
    if len(sys.argv) == 8:
        with open(sys.argv[7], "wb") as out:
            out.write(file)
    print(hashlib.sha256(file).hexdigest())
