#!/usr/bin/env python3
"""Times the prefill of native engines on the work of `lockstep micro --prefill`.

A GPT-2 of 124M parameters with random weights, fp32: T tokens into an empty cache, keys and values kept, the logits of the last token
computed. PyTorch runs it eagerly; ONNX Runtime runs what PyTorch exports. Prints the median and the best of the timed passes.

    python3 -m venv peers && peers/bin/pip install torch onnxruntime onnx onnxscript
    peers/bin/python tools/peers.py --threads 2 10 128 512
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import onnxruntime
import torch
import torch.nn.functional as F
from torch import nn

VOCABULARY, POSITIONS, CHANNELS, LAYERS, HEADS = 50257, 1024, 768, 12, 12


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1 = nn.LayerNorm(CHANNELS)
        self.c_attn = nn.Linear(CHANNELS, 3 * CHANNELS)
        self.c_proj = nn.Linear(CHANNELS, CHANNELS)
        self.ln_2 = nn.LayerNorm(CHANNELS)
        self.c_fc = nn.Linear(CHANNELS, 4 * CHANNELS)
        self.mlp_proj = nn.Linear(4 * CHANNELS, CHANNELS)

    def forward(self, x):
        tokens = x.shape[0]
        q, k, v = (
            part.view(1, tokens, HEADS, CHANNELS // HEADS).transpose(1, 2)
            for part in self.c_attn(self.ln_1(x)).split(CHANNELS, dim=-1)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.c_proj(y.transpose(1, 2).reshape(tokens, CHANNELS))
        return x + self.mlp_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh")), k, v


class Gpt2(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte = nn.Embedding(VOCABULARY, CHANNELS)
        self.wpe = nn.Embedding(POSITIONS, CHANNELS)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln_f = nn.LayerNorm(CHANNELS)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(torch.arange(ids.shape[0]))
        cache = []
        for block in self.blocks:
            x, k, v = block(x)
            cache += [k, v]
        return F.linear(self.ln_f(x[-1:]), self.wte.weight), *cache


def milliseconds(run, warmups, passes):
    times = []
    for _ in range(warmups + passes):
        start = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - start))
    return times[warmups:]


def show(engine, tokens, times):
    median = statistics.median(times)
    print(f"{engine:<20} prefill({tokens}) {median:8.1f} ms, best {min(times):.1f}, {1e3 * tokens / median:.0f} tokens/s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokens", nargs="+", type=int, help="prompt lengths")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--warmups", type=int, default=3)
    parser.add_argument("--passes", type=int, default=15)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    model = Gpt2().eval()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        for tokens in args.tokens:
            ids = torch.randint(0, VOCABULARY, (tokens,))
            show(f"PyTorch {torch.__version__}", tokens, milliseconds(lambda: model(ids), args.warmups, args.passes))
            file = Path(folder) / f"prefill-{tokens}.onnx"
            torch.onnx.export(model, (ids,), file, dynamo=True, verbose=False)
            session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
            feed = {session.get_inputs()[0].name: ids.numpy()}
            times = milliseconds(lambda: session.run(None, feed), args.warmups, args.passes)
            show(f"ONNX Runtime {onnxruntime.__version__}", tokens, times)
            del session


if __name__ == "__main__":
    main()
