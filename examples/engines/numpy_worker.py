#!/usr/bin/env python3
"""GPT-2 in NumPy, in single precision with a KV cache, as a worker of Lockstep (docs/worker-protocol.md).
Shapes: T tokens, C channels, V words, H heads of C / H channels."""
import glob, json, math, os, sys, time, traceback
import numpy as np


def read_safetensors(directory):
    """Every tensor of a checkpoint in single precision, without the prefix 'transformer.'."""
    tensors = {}
    for path in sorted(glob.glob(os.path.join(directory, "*.safetensors"))):
        data = np.memmap(path, np.uint8, "r")
        length = int.from_bytes(data[:8].tobytes(), "little")
        for name, entry in json.loads(data[8 : 8 + length].tobytes()).items():
            if name == "__metadata__" or name.endswith((".attn.bias", ".attn.masked_bias")):
                continue
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            raw = data[begin:end].tobytes()
            values = np.frombuffer(raw, {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}[entry["dtype"]])
            if entry["dtype"] == "BF16":
                values = (values.astype(np.uint32) << 16).view(np.float32)
            tensors[name.removeprefix("transformer.")] = values.astype(np.float32).reshape(entry["shape"])
    return tensors


class Model:
    def __init__(self, directory):
        with open(os.path.join(directory, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        self.weights = read_safetensors(directory)
        self.heads, self.layers = config["n_head"], config["n_layer"]
        self.epsilon = np.float32(config.get("layer_norm_epsilon", 1e-5))
        self.positions, self.channels = self.weights["wpe.weight"].shape
        self.head = self.weights.get("lm_head.weight", self.weights["wte.weight"]).T  # [C, V]

    def norm(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt(np.square(x).mean(-1, keepdims=True) + self.epsilon)
        return x * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def linear(self, x, name):
        return x @ self.weights[name + ".weight"] + self.weights[name + ".bias"]


class Session:
    def __init__(self, model):
        self.model, self.position = model, 0
        shape = (model.layers, 2, model.heads, model.positions, model.channels // model.heads)
        self.cache = np.zeros(shape, np.float32)

    def hidden(self, tokens):
        """Appends T tokens; what the head is applied to, [T, C]."""
        model, start, end = self.model, self.position, self.position + len(tokens)
        if not tokens or end > model.positions or min(tokens) < 0 or max(tokens) >= model.head.shape[1]:
            raise ValueError(f"{tokens} at position {start}: {model.positions} positions, {model.head.shape[1]} ids")
        x = model.weights["wte.weight"][tokens] + model.weights["wpe.weight"][start:end]
        for layer in range(model.layers):
            name = f"h.{layer}."
            mixed = model.linear(model.norm(x, name + "ln_1"), name + "attn.c_attn")  # [T, 3 C]
            x = x + model.linear(self.attention(layer, mixed, start, end), name + "attn.c_proj")
            gate = self.gelu(model.linear(model.norm(x, name + "ln_2"), name + "mlp.c_fc"))
            x = x + model.linear(gate, name + "mlp.c_proj")
        self.position = end
        return x

    def gelu(self, x):
        return np.float32(0.5) * x * (1 + np.tanh(np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x * x * x)))

    def attention(self, layer, mixed, start, end):
        query, key, value = mixed.reshape(end - start, 3, self.model.heads, -1).transpose(1, 2, 0, 3)
        keys, values = self.cache[layer]
        keys[:, start:end], values[:, start:end] = key, value
        scores = query @ keys[:, :end].transpose(0, 2, 1) / np.float32(math.sqrt(query.shape[-1]))
        scores[:, np.triu(np.ones((end - start, end), bool), start + 1)] = -np.inf  # what comes later
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        attended = scores / scores.sum(-1, keepdims=True) @ values[:, :end]  # [H, T, C / H]
        return attended.transpose(1, 0, 2).reshape(end - start, -1)

    def logits(self, tokens, every=False):  # after the last token, [V], or after every one, [T, V]
        x = self.hidden(tokens)
        return self.model.norm(x if every else x[-1], "ln_f") @ self.model.head

    def generate(self, prompt, count):
        for _ in range(count):
            prompt = [int(np.argmax(self.logits(prompt)))]
            yield prompt[0]


class Worker:
    model_type, session_type = Model, Session

    def load(self, request):
        start, self.model = time.perf_counter_ns(), self.model_type(request["model"])
        path = {"device": "cpu", "threads": os.environ.get("OMP_NUM_THREADS", str(os.cpu_count()))}
        return {"reply": "loaded", "load_nanos": time.perf_counter_ns() - start, "execution_path": path}

    def generate(self, request):
        session, prompt, depth = self.session_type(self.model), request["prompt_ids"], request["depth"]
        if depth > 0:
            session.hidden(prompt[:depth])
        ids, nanos, start = [], [], time.perf_counter_ns()
        for token in session.generate(prompt[depth:], request["new_tokens"]):
            ids.append(token)
            nanos.append(time.perf_counter_ns() - start)
        return {"reply": "generated", "token_ids": ids, "token_nanos": nanos}

    def step_logits(self, request):
        session = self.session_type(self.model)
        calls = [request["prompt_ids"]] + [[token] for token in request["next_ids"]]
        np.array([session.logits(tokens) for tokens in calls]).astype("<f8").tofile(request["file"])
        return {"reply": "done"}

    def teacher_force(self, request):
        rows = self.session_type(self.model).logits(request["token_ids"], every=True)
        rows[request["from_position"] :].astype("<f8").tofile(request["file"])
        return {"reply": "done"}

    def play(self, request):
        count = 1 + max(step["session"] for step in request["steps"])
        sessions, rows, generated = {i: self.session_type(self.model) for i in range(count)}, [], []
        for step in request["steps"]:
            session, action, tokens = sessions.get(step["session"]), step["action"], step["tokens"]
            if action in ("FORWARD", "FORWARD_ALL", "FORWARD_ALL_F64"):
                rows.extend(np.atleast_2d(session.logits(tokens, every=action != "FORWARD")))
            elif action in ("FORWARD_GREEDY", "GENERATE"):
                generated.extend(session.generate(tokens, step["count"] if action == "GENERATE" else 1))
            elif action == "REWIND":
                session.position = step["count"]
            elif action == "CLOSE":
                del sessions[step["session"]]
        np.array(rows).astype("<f8").tofile(request["logits_file"])
        positions = [sessions[i].position if i in sessions else -1 for i in range(count)]
        return {"reply": "played", "generated": generated, "positions": positions, "shown": []}


def serve(worker):
    hello = {"protocol": 1, "answers": ["load", "generate", "step_logits", "teacher_force", "play"]}
    print(json.dumps({"reply": "hello"} | hello), flush=True)
    for line in sys.stdin:
        try:
            request = json.loads(line)
            reply = getattr(worker, request["op"])(request)
        except Exception as e:  # The next request may be answered all the same.
            traceback.print_exc()
            reply = {"reply": "failed", "type": type(e).__name__, "message": str(e)}
        print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    serve(Worker())
