#!/usr/bin/env python3
"""GPT-2 in PyTorch on the CPU, in single precision with a KV cache: the worker of numpy_worker.py with other arithmetic."""
import math

import numpy as np
import torch
from torch.nn import functional

from numpy_worker import Model, Session, Worker, serve


class TorchModel(Model):
    def __init__(self, directory):
        super().__init__(directory)
        self.weights = {name: torch.from_numpy(np.array(values)) for name, values in self.weights.items()}
        self.head = self.weights.get("lm_head.weight", self.weights["wte.weight"]).T

    def norm(self, x, name):
        return functional.layer_norm(
            x, (self.channels,), self.weights[name + ".weight"], self.weights[name + ".bias"], float(self.epsilon)
        )

    def linear(self, x, name):
        return torch.addmm(self.weights[name + ".bias"], x, self.weights[name + ".weight"])


class TorchSession(Session):
    def __init__(self, model):
        super().__init__(model)
        self.cache = torch.from_numpy(self.cache)

    def gelu(self, x):
        return functional.gelu(x, approximate="tanh")

    def attention(self, layer, mixed, start, end):
        query, key, value = mixed.reshape(end - start, 3, self.model.heads, -1).permute(1, 2, 0, 3)
        keys, values = self.cache[layer]
        keys[:, start:end], values[:, start:end] = key, value
        scores = query @ keys[:, :end].transpose(1, 2) / math.sqrt(query.shape[-1])
        later = torch.ones(end - start, end, dtype=torch.bool).triu(start + 1)
        attended = functional.softmax(scores.masked_fill(later, -math.inf), -1) @ values[:, :end]
        return attended.transpose(0, 1).reshape(end - start, -1)

    def logits(self, tokens, every=False):
        with torch.inference_mode():
            x = self.hidden(tokens)
            return (self.model.norm(x if every else x[-1:], "ln_f") @ self.model.head).numpy()[slice(None) if every else 0]


class TorchWorker(Worker):
    model_type, session_type = TorchModel, TorchSession

    def load(self, request):
        reply = super().load(request)
        reply["execution_path"].update(threads=str(torch.get_num_threads()), torch=torch.__version__)
        return reply


if __name__ == "__main__":
    serve(TorchWorker())
