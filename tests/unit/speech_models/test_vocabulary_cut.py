import json
from typing import Any

import pytest
import tokenizers
from tokenizers import decoders, models, pre_tokenizers

from voicebot.speech_models.vocabulary_cut import cut_config, cut_tokenizer, kept_for_korean

SPECIALS = ["<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|ko|>", "<|nospeech|>", "<|notimestamps|>"]
PRINTABLE = [*range(33, 127), *range(161, 173), *range(174, 256)]
OTHERS = [byte for byte in range(256) if byte not in PRINTABLE]
LETTERS = {byte: chr(byte) for byte in PRINTABLE} | {byte: chr(256 + n) for n, byte in enumerate(OTHERS)}


def piece(raw: bytes) -> str:
    """Write bytes as byte-level BPE does."""
    return "".join(LETTERS[byte] for byte in raw)


FIRE = "불".encode()
MERGES = [
    (piece(b"t"), piece(b"h")),
    (piece(b"1"), piece(b"1")),
    (piece(FIRE[:1]), piece(FIRE[1:2])),
    (piece(FIRE[:2]), piece(FIRE[2:])),
    (piece(b" "), piece(FIRE)),
]
VOCABULARY = [*LETTERS.values(), *("".join(merge) for merge in MERGES), *SPECIALS, "<|0.00|>", "<|0.02|>"]


def tokenizer_json(*, pairs: bool = True) -> dict[str, Any]:
    plain = {token: index for index, token in enumerate(VOCABULARY) if token not in SPECIALS}
    plain = {token: index for token, index in plain.items() if not token.startswith("<|")}
    made = tokenizers.Tokenizer(models.BPE(vocab=plain, merges=MERGES))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(SPECIALS)
    as_json: dict[str, Any] = json.loads(made.to_str())
    if not pairs:
        as_json["model"]["merges"] = [" ".join(merge) for merge in MERGES]
    return as_json


def test_korean_bytes_digits_and_special_tokens_are_kept() -> None:
    """Words of other scripts and time stamps go; broken pieces of syllables and single bytes stay."""
    kept = {VOCABULARY[index] for index in kept_for_korean(VOCABULARY)}
    assert kept >= {
        *LETTERS.values(),
        *SPECIALS,
        piece(b"11"),
        piece(FIRE[:2]),
        piece(FIRE),
        piece(b" " + FIRE),
    }
    assert kept.isdisjoint({piece(b"th"), "<|0.00|>", "<|0.02|>"})


@pytest.mark.parametrize(
    ("raw", "stays"),
    [
        (" 네".encode(), True),
        (b" .", True),
        (b"2026", True),
        (b"  ", True),
        (b" the", False),
        ("消".encode(), False),
        ("ありがとう".encode(), False),
        ("é".encode(), False),
        ("네.".encode(), False),
    ],
)
def test_each_kind_of_token(raw: bytes, stays: bool) -> None:
    """Hangul alone, one sign or digits, with or without a blank before them."""
    vocabulary = [piece(raw), *SPECIALS]
    assert (0 in kept_for_korean(vocabulary)) is stays


def test_ids_of_the_configuration_follow() -> None:
    """Suppressed tokens that are gone are left out, the others have their new numbers."""
    kept = kept_for_korean(VOCABULARY)
    digits, word, korean = (VOCABULARY.index(name) for name in (piece(b"11"), piece(b"th"), "<|ko|>"))
    config = {"suppress_ids": [digits, word], "lang_ids": [korean], "alignment_heads": [[0, 1]]}
    cut = cut_config(config, kept)
    assert cut == {
        "suppress_ids": [kept.index(digits)],
        "lang_ids": [kept.index(korean)],
        "alignment_heads": [[0, 1]],
    }


@pytest.mark.parametrize("pairs", [True, False])
def test_the_cut_tokenizer_reads_and_writes_the_same_text(pairs: bool) -> None:
    """Both spellings of merges; a text without the lost words is cut into the same pieces."""
    kept = kept_for_korean(VOCABULARY)
    whole = tokenizers.Tokenizer.from_str(json.dumps(tokenizer_json()))
    cut = tokenizers.Tokenizer.from_str(json.dumps(cut_tokenizer(tokenizer_json(pairs=pairs), kept)))
    text = "불 119 불이야"
    ids = cut.encode(text, add_special_tokens=False).ids
    assert [kept[index] for index in ids] == whole.encode(text, add_special_tokens=False).ids
    assert cut.decode(ids) == text
    assert cut.decode(cut.encode("the", add_special_tokens=False).ids) == "the"
    assert cut.token_to_id("<|ko|>") == kept.index(VOCABULARY.index("<|ko|>"))
