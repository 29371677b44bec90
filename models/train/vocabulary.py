"""The syllable vocabulary: a SentencePiece character model, then the special tokens of Whisper."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass
from pathlib import Path

import sentencepiece

from models.train.sentences import corpus, word_lists
from models.train.sentences.places import syllable_pool
from models.train.sentences.word_forms import spoken_place

SPECIAL_TOKENS = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|ko|>",
    "<|transcribe|>",
    "<|nospeech|>",
    "<|notimestamps|>",
)
"""In this order after the pieces: CTranslate2 takes ids between the second and the last as the prompt."""

TOKENIZER_FILE = "tokenizer.model"


@dataclass(frozen=True)
class Vocabulary:
    """Text to ids and back. Ids below ``pieces`` are syllables, the special tokens follow."""

    processor: sentencepiece.SentencePieceProcessor

    @property
    def pieces(self) -> int:
        """How many syllable pieces there are, the unknown piece included."""
        return int(self.processor.get_piece_size())

    @property
    def size(self) -> int:
        """Pieces and special tokens together: the rows of the embedding."""
        return self.pieces + len(SPECIAL_TOKENS)

    def special(self, token: str) -> int:
        """The id of a special token."""
        return self.pieces + SPECIAL_TOKENS.index(token)

    @property
    def prompt(self) -> list[int]:
        """What every transcript begins with, as in stock Whisper without timestamps."""
        return [
            self.special(token)
            for token in ("<|startoftranscript|>", "<|ko|>", "<|transcribe|>", "<|notimestamps|>")
        ]

    def encode(self, text: str) -> list[int]:
        """Ids of the syllables and blanks of ``text``."""
        return list(self.processor.encode(text))

    def decode(self, ids: list[int]) -> str:
        """Text of ids, special tokens left out, blanks single."""
        return " ".join(self.processor.decode([index for index in ids if index < self.pieces]).split())

    def tokens(self) -> list[str]:
        """All tokens in the order of their ids, for vocabulary.json."""
        return [self.processor.id_to_piece(index) for index in range(self.pieces)] + list(SPECIAL_TOKENS)

    def unspoken(self) -> list[int]:
        """Ids of pieces that are neither a syllable nor a blank: the unknown piece above all."""
        pieces = [str(self.processor.id_to_piece(index)) for index in range(self.pieces)]
        return [index for index, piece in enumerate(pieces) if piece != "▁" and not "가" <= piece <= "힣"]

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Reads a SentencePiece model file."""
        return cls(sentencepiece.SentencePieceProcessor(model_file=str(path)))


def build(path: Path, seed: int = 1, sample: int = 60_000) -> Vocabulary:
    """Writes the SentencePiece model of every syllable that the corpus can say to ``path`` and loads it."""
    texts = list(itertools.islice(corpus.sentences("train", seed), sample))
    texts += [spoken_place(word) for pair in word_lists.gu_and_dong() for word in pair]
    texts += [
        phrase
        for name in ("incidents.txt", "humans.txt")
        for phrases in word_lists.phrase_patterns(name)
        for phrase in phrases
    ]
    texts += [syllable_pool(), *corpus.closed_answers(), *corpus.DEMO_SENTENCES]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sorted(set(texts))), model_writer=model, model_type="char",
        vocab_size=4_000, hard_vocab_limit=False, character_coverage=1.0, max_sentence_length=8_192,
        normalization_rule_name="identity", add_dummy_prefix=False,
        unk_id=0, bos_id=-1, eos_id=-1, pad_id=-1, num_threads=1, minloglevel=2,
    )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.getvalue())
    return Vocabulary.load(path)
