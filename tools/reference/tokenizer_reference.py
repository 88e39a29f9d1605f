#!/usr/bin/env python3
"""Byte-level BPE with added tokens, written down as directly as can be, and odd tokenizers that it encodes texts with.

It shares nothing with Lockstep's own tokenizer and needs nothing but Python. What it makes is the golden file that
TokenizerReferenceTest compares Lockstep with:

    tools/reference/tokenizer_reference.py > model/src/test/resources/dev/lockstep/model/tokenizers.json
"""
import json
import re
import sys
import unicodedata

CONTRACTIONS = ("'s", "'t", "'re", "'ve", "'m", "'ll", "'d")
# A letter is L, a number N, whitespace other than the space a tab, the rest an exclamation mark.
PIECES = re.compile(r" ?L+| ?N+| ?!+|[ \t]+(?![^ \t])|[ \t]+")
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"


def byte_alphabet():
    """GPT-2's letter for each byte."""
    letters, next_letter = {}, 256
    for byte in range(256):
        if 33 <= byte <= 126 or 161 <= byte <= 172 or 174 <= byte:
            letters[byte] = chr(byte)
        else:
            letters[byte] = chr(next_letter)
            next_letter += 1
    return letters


LETTERS = byte_alphabet()
BYTES = {letter: byte for byte, letter in LETTERS.items()}


def kind(c):
    if c == " ":
        return " "
    if c in WHITE_SPACE:
        return "\t"
    return {"L": "L", "N": "N"}.get(unicodedata.category(c)[0], "!")


def pieces(text):
    kinds = "".join(map(kind, text))
    at = 0
    while at < len(text):
        contraction = next((c for c in CONTRACTIONS if text.startswith(c, at)), None)
        end = at + len(contraction) if contraction else PIECES.match(kinds, at).end()
        yield text[at:end]
        at = end


def is_word(c):
    if "\u24b6" <= c <= "\u24e9" or "\U0001f130" <= c <= "\U0001f189":  # enclosed letters are alphabetic
        return True
    return unicodedata.category(c) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Nd", "Mn", "Mc", "Me", "Pc") or c in "\u200c\u200d"


class Reference:
    """added: dicts as tokenizer.json has them, each with its id."""

    def __init__(self, vocab, merges, added, prefix_space=False, use_regex=True, ignore_merges=False, before=(), after=()):
        self.vocab, self.added = vocab, added
        self.rank = {tuple(pair): rank for rank, pair in enumerate(merges)}
        self.prefix_space, self.use_regex, self.ignore_merges = prefix_space, use_regex, ignore_merges
        self.before, self.after = list(before), list(after)
        self.text_of_id = {i: self.word_bytes(word) for word, i in vocab.items()}
        self.text_of_id.update({token["id"]: token["content"].encode() for token in added})

    @staticmethod
    def word_bytes(word):
        return bytes(BYTES[c] for c in word) if all(c in BYTES for c in word) else word.encode()

    def split(self, text, tokens, special):
        """Parts of a text: tokens' ids and the strings between them."""
        done = at = 0
        while at < len(text):
            found = [t for t in tokens if text.startswith(t["content"], at)]
            if not found:
                at += 1
                continue
            token = max(found, key=lambda t: len(t["content"]))
            start, end = at, at + len(token["content"])
            at = end
            if token.get("special") and not special:
                continue
            if token.get("single_word") and (start and is_word(text[start - 1]) or end < len(text) and is_word(text[end])):
                continue
            if token.get("lstrip"):
                start = max(start, done)
                while start > done and text[start - 1] in WHITE_SPACE:
                    start -= 1
            if token.get("rstrip"):
                while end < len(text) and text[end] in WHITE_SPACE:
                    end += 1
            if done < start:
                yield text[done:start]
            if start < end:
                yield token["id"]
            done = end
        if done < len(text):
            yield text[done:]

    def encode(self, text, special):
        ids = list(self.before)
        for part in self.split(text, [t for t in self.added if not t.get("normalized")], special):
            if isinstance(part, int):
                ids.append(part)
                continue
            for rest in self.split(part, [t for t in self.added if t.get("normalized")], special):
                ids += [rest] if isinstance(rest, int) else self.ordinary(rest)
        return ids + self.after

    def ordinary(self, text):
        if self.prefix_space and not text.startswith(" "):
            text = " " + text
        ids = []
        for piece in pieces(text) if self.use_regex else [text]:
            word = [LETTERS[byte] for byte in piece.encode()]
            if self.ignore_merges and "".join(word) in self.vocab:
                ids.append(self.vocab["".join(word)])
                continue
            while True:
                ranks = [self.rank.get(pair, len(self.rank)) for pair in zip(word, word[1:])]
                if not ranks or min(ranks) == len(self.rank):
                    break
                best = next(pair for pair in zip(word, word[1:]) if self.rank.get(pair) == min(ranks))
                i = 0
                while i + 1 < len(word):
                    if (word[i], word[i + 1]) == best:
                        word[i : i + 2] = [word[i] + word[i + 1]]
                    i += 1
            ids += [self.vocab[symbol] for symbol in word]
        return ids

    def decode(self, ids):
        return b"".join(self.text_of_id.get(i, b"\xef\xbf\xbd") for i in ids).decode(errors="replace")


MERGES = [
    ("t", "h"), ("th", "e"), ("Ġ", "the"), ("Ġ", "t"), ("Ġt", "o"), ("a", "b"), ("ab", "a"), ("1", "2"), ("Ġ", "Ġ"), ("Ã", "©"),
    ("e", "r"), ("Ġt", "he"), ("'", "s"), ("h", "e"), ("Ċ", "Ċ"),
]
WORDS = ["<|endoftext|>", "Ġhello", "thes"]

TEXTS = [
    "To be, the the  thes\n\n\nabababa 12123 don't the's",
    " leading and trailing  ",
    "\tthe\r\nthe\u00a0the\u2028 \u3000x\u200bx\ufeff",
    "café Ünïcødé 日本語 العربية नमस्ते ½ Ⅳ ²",
    "🐙 👩‍👩‍👧 🇩🇪 e\u0301",
    "a<|endoftext|>b <|endoftext|>\n<|endoftext|><|endoftext|>",
    "<|user|>the<|user|> the <|user|>  the\t<|user|>\nx<|user|>",
    "<|user|",
    "<|us<|user|>er|> <<|user|>> <|user|>1 _<|user|> é<|user|>- <|user|>\u200d",
    "new line and newline new  line New line",
    "the hello hello thes",
    "<a><ab><abc> <a> <ab> <abc>",
    "  <a>  <ab>  <abc>  ",
    "x\u0085<a>\u00a0<a>\u1680x",
]


def token(content, **flags):
    plain = {"content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
    return {**plain, **flags}


def tokenizer_json(added=(), pairs=False, model=None, pre=None, **fields):
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": t["id"], **{k: v for k, v in t.items() if k != "id"}} for t in added],
        "normalizer": None,
        "pre_tokenizer": pre or byte_level(),
        "post_processor": byte_level(),
        "decoder": byte_level(),
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "",
            "fuse_unk": False, "byte_fallback": False, **(model or {}), "vocab": "$vocab", "merges": "$pairs" if pairs else "$merges",
        },
        **fields,
    }


def byte_level(prefix=False, **fields):
    return {"type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": True, "use_regex": True, **fields}


def template(*names):
    pieces = [{"Sequence": {"id": "A", "type_id": 0}} if n == "A" else {"SpecialToken": {"id": n, "type_id": 0}} for n in names]
    special = {n: {"id": n, "ids": [EOT], "tokens": [n]} for n in names if n != "A"}
    return {"type": "TemplateProcessing", "single": pieces, "pair": pieces, "special_tokens": special}


GPT2_SPLIT = {
    "type": "Split",
    "pattern": {"Regex": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"},
    "behavior": "Isolated",
    "invert": False,
}
MADE = [left + right for left, right in MERGES]
BASE = {word: i for i, word in enumerate(dict.fromkeys([*LETTERS.values(), *MADE, *WORDS]))}
EOT, N = BASE["<|endoftext|>"], len(BASE)
END = token("<|endoftext|>", id=EOT, special=True)
OLD = {"vocab.json": "$vocab", "merges.txt": "$lines"}


def numbered(*tokens):
    return [{**t, "id": N + i} for i, t in enumerate(tokens)]


def cases():
    """name, files, words after the base vocabulary, what the reference is made of"""
    user = numbered(token("<|user|>"))
    special = numbered(token("<|user|>", special=True))
    ladder = numbered(token("<a>"), token("<ab>"), token("<abc>"), token("abc"), token("new line"), token("🐙"))
    yield "vocab.json and merges.txt", OLD, [], dict(added=[END])
    yield "tokenizer.json, merges as texts", {"tokenizer.json": tokenizer_json([END])}, [], dict(added=[END])
    yield "tokenizer.json, merges as pairs", {"tokenizer.json": tokenizer_json([END], pairs=True)}, [], dict(added=[END])
    untyped = tokenizer_json([END])
    del untyped["model"]["type"], untyped["model"]["byte_fallback"]
    yield "tokenizer.json as gpt2's own, without a type", {"tokenizer.json": untyped}, [], dict(added=[END])
    yield "added, not special", {"tokenizer.json": tokenizer_json([END, *user])}, [], dict(added=[END, *user])
    yield "added and special", {"tokenizer.json": tokenizer_json([END, *special])}, [], dict(added=[END, *special])
    for flags in (["lstrip"], ["rstrip"], ["lstrip", "rstrip"], ["single_word"], ["single_word", "rstrip"], ["normalized"]):
        added = [END] + numbered(token("<|user|>", **dict.fromkeys(flags, True)), token("<a>", **dict.fromkeys(flags, True)))
        yield "added with " + " and ".join(flags), {"tokenizer.json": tokenizer_json(added)}, [], dict(added=added)
    yield "tokens within tokens, with spaces and emoji", {"tokenizer.json": tokenizer_json([END, *ladder])}, [], dict(added=[END, *ladder])
    mixed = [END] + numbered(token("<a>", special=True), token("<ab>", normalized=True), token("hello ", rstrip=True)) + [token("ab", normalized=True, id=BASE["ab"])]
    yield "special beside longer ordinary tokens", {"tokenizer.json": tokenizer_json(mixed)}, [], dict(added=mixed)
    within = [END] + numbered(token("<|us<|user|>er|>", special=True), token("<|user|>"), token("user"), token(" "))
    yield "a special token that holds an ordinary one", {"tokenizer.json": tokenizer_json(within)}, [], dict(added=within)
    spaces = [END] + numbered(token("<a>", rstrip=True), token("  ", lstrip=True), token("\u00a0"), token("\n", normalized=True, lstrip=True))
    yield "tokens of whitespace", {"tokenizer.json": tokenizer_json(spaces)}, [], dict(added=spaces)
    flagged = numbered(token("<|user|>"), token("<|user|> the"))
    yield "add_prefix_space in the pre-tokenizer", {"tokenizer.json": tokenizer_json([END, *user], pre=byte_level(True))}, [], dict(added=[END, *user], prefix_space=True)
    yield "add_prefix_space in tokenizer_config.json", {**OLD, "tokenizer_config.json": {"add_prefix_space": True, "tokenizer_class": "GPT2Tokenizer"}}, [], dict(added=[END], prefix_space=True)
    yield "use_regex false", {"tokenizer.json": tokenizer_json([END, *flagged], pre=byte_level(use_regex=False))}, [], dict(added=[END, *flagged], use_regex=False)
    yield "use_regex false with add_prefix_space", {"tokenizer.json": tokenizer_json([END], pre=byte_level(True, use_regex=False))}, [], dict(added=[END], use_regex=False, prefix_space=True)
    yield "ignore_merges", {"tokenizer.json": tokenizer_json([END], model={"ignore_merges": True})}, [], dict(added=[END], ignore_merges=True)
    sequence = {"type": "Sequence", "pretokenizers": [GPT2_SPLIT, byte_level(use_regex=False)]}
    yield "GPT-2's expression as a Split", {"tokenizer.json": tokenizer_json([END], pre=sequence)}, [], dict(added=[END])
    inverted = {"type": "Sequence", "pretokenizers": [{**GPT2_SPLIT, "behavior": "Removed", "invert": True}, byte_level(use_regex=False)]}
    yield "GPT-2's expression as an inverted Split", {"tokenizer.json": tokenizer_json([END], pre=inverted)}, [], dict(added=[END])
    yield "a sequence of one", {"tokenizer.json": tokenizer_json([END], pre={"type": "Sequence", "pretokenizers": [byte_level()]}, normalizer={"type": "Sequence", "normalizers": []}, decoder={"type": "Sequence", "decoders": [byte_level()]})}, [], dict(added=[END])
    yield "a template that adds BOS", {"tokenizer.json": tokenizer_json([END], post_processor=template("<|endoftext|>", "A"))}, [], dict(added=[END], before=[EOT])
    both = {"type": "Sequence", "processors": [byte_level(), template("<|endoftext|>", "A", "<|endoftext|>")]}
    yield "a template that adds BOS and EOS", {"tokenizer.json": tokenizer_json([END], post_processor=both)}, [], dict(added=[END], before=[EOT], after=[EOT])
    roberta = {"type": "RobertaProcessing", "sep": ["<|user|>", N], "cls": ["<|endoftext|>", EOT], "trim_offsets": True, "add_prefix_space": False}
    yield "RoBERTa's processor", {"tokenizer.json": tokenizer_json([END, *special], post_processor=roberta)}, [], dict(added=[END, *special], before=[EOT], after=[N])
    yield "add_bos_token", {**OLD, "tokenizer_config.json": {"add_bos_token": True}}, [], dict(added=[END], before=[EOT])
    bos = {"add_bos_token": True, "bos_token": {"__type": "AddedToken", "content": "<|user|>", "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}}
    yield "add_bos_token of another token", {**OLD, "added_tokens.json": {"<|user|>": N}, "tokenizer_config.json": bos}, [], dict(added=[END, {**special[0], "normalized": False}], before=[N])
    yield "added_tokens.json", {**OLD, "added_tokens.json": {"<ab>": N + 1, "<|user|>": N}}, [], dict(added=[END, {**user[0], "normalized": True}, token("<ab>", id=N + 1, normalized=True)])
    yield "added_tokens.json, special by special_tokens_map.json", {**OLD, "added_tokens.json": {"<|user|>": N}, "special_tokens_map.json": {"additional_special_tokens": ["<|user|>"], "eos_token": "<|endoftext|>"}}, [], dict(added=[END, *special])
    decoder = {str(t["id"]): {k: v for k, v in t.items() if k != "id"} for t in [END, *numbered(token("<|user|>", lstrip=True, special=True), token("new line"))]}
    yield "added_tokens_decoder", {**OLD, "tokenizer_config.json": {"added_tokens_decoder": decoder, "tokenizer_class": "GPT2Tokenizer"}}, [], dict(added=[{**t, "id": int(i)} for i, t in decoder.items()])
    yield "flags of added_tokens_decoder win", {"tokenizer.json": tokenizer_json([END, *numbered(token("<|user|>"), token("new line"))]), "tokenizer_config.json": {"added_tokens_decoder": decoder, "tokenizer_class": "GPT2Tokenizer"}}, [], dict(added=[{**t, "id": int(i)} for i, t in decoder.items()])
    yield "special by special_tokens_map.json alone", {"tokenizer.json": tokenizer_json([END, *user]), "special_tokens_map.json": {"additional_special_tokens": ["<|user|>"]}}, [], dict(added=[END, *special])
    yield "special tokens without ids", {**OLD, "special_tokens_map.json": {"pad_token": "<a>", "sep_token": "<ab>"}}, [], dict(added=[END, token("<ab>", id=N, special=True, normalized=True), token("<a>", id=N + 1, special=True, normalized=True)])
    odd = {"words": ["new line", "🐙", "<|user|>"]}
    yield "words with spaces and emoji in vocab.json", OLD, odd["words"], dict(added=[END, token("new line", id=N, special=True), token("🐙", id=N + 1, special=True)])
    yield "words with spaces and emoji in tokenizer.json", {"tokenizer.json": tokenizer_json([END, {**token("🐙"), "id": N + 1}])}, odd["words"], dict(added=[END, token("new line", id=N, special=True), token("🐙", id=N + 1)])


def main():
    made = []
    for name, files, words, settings in cases():
        vocab = {**BASE, **{word: N + i for i, word in enumerate(words)}}
        reference = Reference(vocab, MERGES, **settings)
        texts = []
        for text in TEXTS:
            ids, special = reference.encode(text, False), reference.encode(text, True)
            texts.append({"text": text, "ids": ids, "special_ids": special, "decoded": reference.decode(special)})
        made.append({"name": name, "words": words, "files": files, "texts": texts})
    base = sorted(BASE, key=BASE.get)
    golden = {"format": "lockstep-tokenizers/1", "vocab_size": N + 8, "words": base, "merges": [" ".join(m) for m in MERGES], "cases": made}
    json.dump(golden, sys.stdout, ensure_ascii=True, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
