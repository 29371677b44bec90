"""Made-up Whispers of width 32, written by CTranslate2's own specifications, and recordings of tones."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers
import torch
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel

from models.train.command import MODEL_DIRECTORY
from models.train.export import export, spec_of
from models.train.network import MiniWhisper, Shape, Whisper
from models.train.vocabulary import TOKENIZER_FILE, Vocabulary
from voicebot.audio.wav import write_wav

SPECIALS = ("<|endoftext|>", "<|startoftranscript|>", "<|ko|>", "<|transcribe|>", "<|notimestamps|>")
TEXTS = (
    "불이 났어요",
    "사람이 아파",
    "연기가 나요",
    "여기 종로구",
    "빨리 와요",
    "도와 주세요",
    "아이가 운다",
    "문이 잠겼다",
)
"""Of like length: batches are of clips of like length."""
SPEAKERS = sorted("abcdefgh", key=lambda name: hashlib.sha256(name.encode()).digest())
"""In the order in which they are held out."""


def stock(directory: Path, quantization: str = "float16") -> Whisper:
    """A Whisper of the stock form: 128 mels, 1500 and 448 positions, byte-level vocabulary, no preprocessor."""
    letters = sorted(ByteLevel.alphabet())
    tokens = [*letters, *SPECIALS]
    tokenizer = tokenizers.Tokenizer(BPE({token: index for index, token in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    tokenizer.add_special_tokens([*SPECIALS])
    torch.manual_seed(3)
    shape = Shape(
        len(tokens),
        width=32,
        heads=4,
        encoder_layers=2,
        decoder_layers=3,
        mels=128,
        audio_positions=1500,
        text_positions=448,
    )
    network = Whisper(shape).eval()
    spec: Any = spec_of(network)
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.lang_ids = [tokens.index("<|ko|>")]
    spec.config.alignment_heads = [[1, 0]]
    spec.validate()
    spec.optimize(quantization=quantization)
    directory.mkdir(parents=True, exist_ok=True)
    spec.save(str(directory))
    tokenizer.save(str(directory / "tokenizer.json"))
    return network


def bundled(directory: Path, quantization: str = "float32") -> Whisper:
    """A Whisper of the bundled form: its window is as long as the clip, its tokens are syllables."""
    torch.manual_seed(4)
    tokenizer = MODEL_DIRECTORY / TOKENIZER_FILE
    size = Vocabulary.load(tokenizer).size
    network = MiniWhisper(Shape(size, width=32, heads=2, encoder_layers=2, decoder_layers=2)).eval()
    export(network, tokenizer, directory, quantization=quantization)
    return network


def spoken(text: str, pitch: float = 1.0) -> np.ndarray[Any, np.dtype[np.int16]]:
    """A text as tones of 100 ms, one for each letter: int16 at 8 kHz."""
    time_s = np.arange(800) / 8_000
    tones = [np.sin(2 * np.pi * pitch * (300 + (ord(letter) * 37) % 2_400) * time_s) for letter in text]
    return (9_000 * np.concatenate([np.zeros(0), *tones])).astype(np.int16)


def recordings(folder: Path, speakers: dict[str, tuple[str, ...]]) -> Path:
    """Write what each speaker says and the manifest of it; each speaker has a pitch of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    for number, (speaker, texts) in enumerate(speakers.items()):
        for text in texts:
            file = f"{speaker}-{len(lines)}.wav"
            write_wav(folder / file, spoken(text, 1 + 0.005 * number))
            lines.append(json.dumps({"file": file, "text": text, "speaker": speaker}, ensure_ascii=False))
    manifest = folder / "manifest.jsonl"
    manifest.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return manifest
