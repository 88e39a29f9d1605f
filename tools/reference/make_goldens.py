#!/usr/bin/env python3
"""Regenerates every golden file of the project, and the random models that some of them belong to.

  tools/reference/make_goldens.py            writes below model/ and backend-tck/, takes about a minute
  tools/reference/make_goldens.py --check    writes nothing, fails if what is checked in does not follow from this script

The authority is gpt2_reference.py beside this file, which shares no code with the project. On one machine the output is
the same to the last byte; on another one NumPy's matrix products may differ in the last digit of a logit, so --check
compares logits and margins to 1e-9 and everything else exactly.

Needs Debian's python3-numpy only.
"""
import argparse, json, os, re, shutil, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
REFERENCE = os.path.join(HERE, "gpt2_reference.py")
MODEL_RESOURCES = "model/src/main/resources/dev/lockstep/model"
TCK_RESOURCES = "backend-tck/src/main/resources/dev/lockstep/tck"
SHAKESPEARE = os.path.join(ROOT, MODEL_RESOURCES, "shakespeare")

# ---------------------------------------------------------------- the built-in prompts

# What `lockstep run` uses when the user names no prompt. Every greedy margin of their golden is at least 100 times the
# near-tie bound; a test holds that, so change a text here only together with it.
BUILT_IN_NEW_TOKENS = 60
BUILT_IN = {
    "king-of-jungle": "I am the king of Jungle. My name is",
    "one-token": "The",
    "lord": "What say you to this, my lord?",
    "citizens": "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.\n",
    "winter": "Now is the winter of our discontent\nMade glorious summer by this sun of York;\n"
              "And all the clouds that lour'd upon our house\nIn the deep bosom of the ocean buried.\n"
              "Now are our brows bound with victorious wreaths;\nOur bruised arms hung up for monuments;\n"
              "Our stern alarums changed to merry meetings,\nOur dreadful marches to delightful measures.",
}

# ---------------------------------------------------------------- more cases for the embedded model

END_OF_TEXT = 2047
LONG = BUILT_IN["winter"] + "\n" + (
    "The quality of mercy is not strain'd,\nIt droppeth as the gentle rain from heaven\n"
    "Upon the place beneath: it is twice blest;\nIt blesseth him that gives and him that takes:\n"
    "'Tis mightiest in the mightiest: it becomes\nThe throned monarch better than his crown;\n"
    "Once more unto the breach, dear friends, once more;\nOr close the wall up with our English dead.\n"
    "In peace there's nothing so becomes a man\nAs modest stillness and humility:\n"
    "But when the blast of war blows in our ears,\nThen imitate the action of the tiger;\n"
    "Stiffen the sinews, summon up the blood,\nDisguise fair nature with hard-favour'd rage;\n") * 2

TEXTS = {
    "romeo": ("ROMEO", 16), "newline": ("\n", 16), "and": ("and", 16), "thou": ("Thou", 16), "space": (" ", 16),
    "hamlet": ("HAMLET:\n", 16), "gloucester": ("GLOUCESTER:\nNow", 16), "question": ("Where is the king?", 16),
    "dagger": ("Is this a dagger which I see before me,\nThe handle toward my hand?", 16),
    "rose": ("What's in a name? That which we call a rose\nBy any other name would smell as sweet.", 16),
    "stage": ("All the world's a stage,\nAnd all the men and women merely players:", 16),
    "digits": ("In the year 1599, at 3 of the clock", 16),
    "shouting": ("WHAT, HO! APOTHECARY!!!", 16),
    "mercy": ("The quality of mercy is not strain'd,\nIt droppeth as the gentle rain from heaven", 16),
}


def embedded_cases(encode):
    long_ids = encode(LONG)
    cases = [dict(id=i, text=t, prompt_ids=encode(t), max_new_tokens=n) for i, (t, n) in TEXTS.items()]
    cases += [
        dict(id="end-of-text", prompt_ids=[END_OF_TEXT], max_new_tokens=16),
        dict(id="end-of-text-inside", prompt_ids=encode("Exeunt.\n") + [END_OF_TEXT] + encode("First Citizen:\n"),
             max_new_tokens=16),
        dict(id="first-id", prompt_ids=[0], max_new_tokens=16),
        dict(id="one-token-repeated", prompt_ids=encode(" my lord,")[:1] * 31, max_new_tokens=16),
        dict(id="two-tokens-repeated", prompt_ids=(encode(" my lord") * 32)[:64], max_new_tokens=16),
        dict(id="every-byte", prompt_ids=list(range(256)), max_new_tokens=4),
        dict(id="to-the-last-position", prompt_ids=long_ids[:508], max_new_tokens=4),
        dict(id="full-context", prompt_ids=long_ids[:512], max_new_tokens=0),
    ]
    assert len(long_ids) >= 512 and len(cases) >= 20
    return cases


# ---------------------------------------------------------------- random models

# name: options of `gpt2_reference.py random`
RANDOM = {
    "width-1": "--n-layer 2 --n-head 1 --n-embd 1 --n-positions 9 --vocab 61",
    "head-size-1": "--n-layer 2 --n-head 7 --n-embd 7 --n-positions 33 --vocab 61",
    "head-size-5": "--n-layer 2 --n-head 3 --n-embd 15 --n-positions 33 --vocab 61 --misalign",
    "head-size-17": "--n-layer 1 --n-head 2 --n-embd 34 --n-positions 33 --vocab 1001",
    "head-size-64": "--n-layer 2 --n-head 1 --n-embd 64 --n-positions 33 --vocab 61",
    "head-size-80": "--n-layer 1 --n-head 2 --n-embd 160 --n-positions 33 --vocab 61 --dtype BF16",
    "vocab-2": "--n-layer 2 --n-head 2 --n-embd 10 --n-positions 33 --vocab 2",
    "context-1": "--n-layer 2 --n-head 2 --n-embd 18 --n-positions 1 --vocab 61",
    "context-2": "--n-layer 2 --n-head 2 --n-embd 18 --n-positions 2 --vocab 61",
    "untied": "--n-layer 2 --n-head 3 --n-embd 33 --n-positions 33 --vocab 1001 --untied",
    "prefixed-masks": "--n-layer 2 --n-head 3 --n-embd 48 --n-positions 33 --vocab 97 --prefix transformer. "
                      "--with-mask-buffers",
    "sharded": "--n-layer 2 --n-head 3 --n-embd 24 --n-positions 33 --vocab 61 --shards 3",
    "f16": "--n-layer 2 --n-head 2 --n-embd 40 --n-positions 33 --vocab 61 --dtype F16",
    "bf16-misaligned": "--n-layer 2 --n-head 2 --n-embd 20 --n-positions 33 --vocab 61 --dtype BF16 --misalign",
    "deep": "--n-layer 6 --n-head 4 --n-embd 36 --n-positions 65 --vocab 257 --std 0.1",
    "everything": "--n-layer 3 --n-head 5 --n-embd 55 --n-positions 33 --vocab 1001 --dtype F16 --untied --shards 4 "
                  "--misalign --prefix transformer. --with-mask-buffers",
    "many-heads": "--n-layer 2 --n-head 25 --n-embd 50 --n-positions 33 --vocab 61",
}


def random_cases(seed, context, vocab):
    """Prompts of a random model: ids from a multiplicative generator, so that no library's generator is involved."""
    state = seed

    def ids(n):
        nonlocal state
        out = []
        for _ in range(n):
            state = state * 48271 % 0x7FFFFFFF
            out.append(state % vocab)
        return out

    cases = [dict(id="one-token", prompt_ids=ids(1), max_new_tokens=min(12, context - 1)),
             dict(id="last-id", prompt_ids=[vocab - 1], max_new_tokens=min(12, context - 1))]
    if context > 1:
        cases.append(dict(id="full-context", prompt_ids=ids(context), max_new_tokens=0))
        cases.append(dict(id="to-the-last-position", prompt_ids=ids(max(1, context - 5)), max_new_tokens=min(5, context - 1)))
    if context > 16:
        cases.append(dict(id="repeated", prompt_ids=ids(1) * 9, max_new_tokens=8))
        cases.append(dict(id="half", prompt_ids=ids(context // 2), max_new_tokens=8))
    return cases


# ---------------------------------------------------------------- byte-level BPE, for ASCII

PRETOKEN = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")


def encoder(directory):
    """The embedded model's tokenizer, for ASCII text: merges the pair of the lowest rank until there is none."""
    with open(os.path.join(directory, "vocab.json"), encoding="utf-8") as f:
        vocab = json.load(f)
    with open(os.path.join(directory, "merges.txt"), encoding="utf-8") as f:
        lines = f.read().split("\n")[1:]
    rank = {tuple(line.split(" ")): i for i, line in enumerate(lines) if line}
    # In GPT-2's byte table a printable ASCII byte stands for itself, the 33 bytes below '!' for characters from 256 on.
    symbol = {chr(b): chr(b) if b > 32 else chr(256 + b) for b in range(127)}

    def encode(text):
        ids = []
        for word in PRETOKEN.findall(text):
            s = [symbol[c] for c in word]
            while len(s) > 1:
                best = min(zip(s, s[1:]), key=lambda pair: rank.get(pair, len(rank)))
                if best not in rank:
                    break
                merged, i = [], 0
                while i < len(s):
                    width = 2 if tuple(s[i:i + 2]) == best else 1
                    merged.append("".join(s[i:i + width]))
                    i += width
                s = merged
            ids += [vocab[x] for x in s]
        return ids

    return encode


# ---------------------------------------------------------------- writing


def reference(*arguments):
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    subprocess.run([sys.executable, REFERENCE, *arguments], check=True, env=environment, stderr=subprocess.DEVNULL)


def record(model_dir, cases, out):
    os.makedirs(os.path.dirname(out), exist_ok=True)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(cases, f)
        f.flush()
        reference("golden", model_dir, f.name, out)
    with open(out) as f:
        margins = [m for case in json.load(f)["cases"] for m in case["greedy_margins"]]
    print(f"{os.path.basename(out)}: {len(cases)} cases, smallest margin {min(margins, default=float('nan')):.2e}")


def write_all(root):
    encode = encoder(SHAKESPEARE)
    resources = os.path.join(root, MODEL_RESOURCES)
    os.makedirs(resources, exist_ok=True)
    with open(os.path.join(resources, "builtin-prompts.jsonl"), "w") as f:
        for name, text in BUILT_IN.items():
            f.write(json.dumps(dict(id=name, text=text)) + "\n")
    record(SHAKESPEARE,
           [dict(id=i, text=t, prompt_ids=encode(t), max_new_tokens=BUILT_IN_NEW_TOKENS) for i, t in BUILT_IN.items()],
           os.path.join(resources, "golden", "shakespeare.json"))

    tck = os.path.join(root, TCK_RESOURCES)
    for part in ("goldens", "models"):
        shutil.rmtree(os.path.join(tck, part), ignore_errors=True)
    record(SHAKESPEARE, embedded_cases(encode), os.path.join(tck, "goldens", "shakespeare.json"))
    index = []
    for seed, (name, options) in enumerate(RANDOM.items(), start=1):
        directory = os.path.join(tck, "models", name)
        reference("random", directory, "--seed", str(seed), *options.split())
        with open(os.path.join(directory, "config.json")) as f:
            config = json.load(f)
        record(directory, random_cases(seed, config["n_positions"], config["vocab_size"]),
               os.path.join(tck, "goldens", name + ".json"))
        index.append(dict(name=name, files=sorted(os.listdir(directory))))
    with open(os.path.join(tck, "models", "index.json"), "w") as f:
        json.dump(index, f, indent=1)
        f.write("\n")


# ---------------------------------------------------------------- checking


def same(a, b):
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 1e-9 * max(1, abs(a), abs(b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a if k != "generator")
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def check():
    wrong = []
    with tempfile.TemporaryDirectory() as fresh:
        write_all(fresh)
        for directory, _, files in os.walk(fresh):
            for name in files:
                new = os.path.join(directory, name)
                old = os.path.join(ROOT, os.path.relpath(new, fresh))
                if not os.path.exists(old):
                    wrong.append(f"{old} is missing")
                elif name.endswith(".json"):
                    with open(new) as a, open(old) as b:
                        if not same(json.load(a), json.load(b)):
                            wrong.append(f"{old} differs")
                else:
                    with open(new, "rb") as a, open(old, "rb") as b:
                        if a.read() != b.read():
                            wrong.append(f"{old} differs")
    for line in wrong:
        print(line, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check() if parser.parse_args().check else write_all(ROOT)
