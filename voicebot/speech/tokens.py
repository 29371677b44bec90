"""Between text and token numbers, for SentencePiece and for stock Whisper vocabularies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import sentencepiece
import tokenizers

from voicebot.errors import ModelError

_WORD_BEGINS = ("▁", "Ġ")
"""How SentencePiece and byte-level BPE write a blank before a piece."""


class Tokens:
    """The pieces of one model. Special tokens leave no trace in texts."""

    def __init__(
        self,
        pieces: Sequence[str],
        decode: Callable[[Sequence[int]], str],
        encode: Callable[[str], list[int]],
    ) -> None:
        self._pieces = pieces
        self._decode = decode
        self.encode = encode
        """Text to ids, without special tokens."""

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of ``ids``."""
        return self._decode(ids).strip()

    def words(self, ids: Sequence[int]) -> Iterator[tuple[str, slice]]:
        """Yield each word with the places of its tokens in ``ids``."""
        begins = [
            place
            for place, index in enumerate(ids)
            if self._pieces[index].startswith(_WORD_BEGINS) or not place
        ]
        for begin, end in zip(begins, [*begins[1:], len(ids)], strict=True):
            if word := self.text(ids[begin:end]):
                yield word, slice(begin, end)


def load_tokens(directory: Path, pieces: Sequence[str]) -> Tokens:
    """Load the tokenizer beside the model whose vocabulary is ``pieces``.

    ``tokenizer.model`` is SentencePiece (the bundled model), ``tokenizer.json`` is Hugging Face's
    format (stock models). Raises `ModelError` when neither is there or it cannot be read.
    """
    bundled, stock = directory / "tokenizer.model", directory / "tokenizer.json"
    try:
        if bundled.exists():
            return _sentencepiece(bundled, pieces)
        if stock.exists():
            return _hugging_face(stock, pieces)
    except Exception as error:  # both libraries raise bare exceptions of their own
        raise ModelError(
            f"{directory}: the tokenizer cannot be read ({error}). Copy the model again."
        ) from error
    raise ModelError(
        f"{directory}: neither tokenizer.model nor tokenizer.json is there. "
        "Copy tokenizer.json of the original model beside model.bin."
    )


def _sentencepiece(path: Path, pieces: Sequence[str]) -> Tokens:
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    size = processor.get_piece_size()
    return Tokens(
        pieces,
        lambda ids: str(processor.decode([index for index in ids if index < size])),
        lambda text: list(processor.encode(text)),
    )


def _hugging_face(path: Path, pieces: Sequence[str]) -> Tokens:
    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    return Tokens(
        pieces,
        lambda ids: str(tokenizer.decode(list(ids), skip_special_tokens=True)),
        lambda text: list(tokenizer.encode(text, add_special_tokens=False).ids),
    )
