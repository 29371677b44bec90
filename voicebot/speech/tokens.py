"""From token numbers back to text, for SentencePiece and for stock Whisper vocabularies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import sentencepiece
import tokenizers

from voicebot.errors import ModelError

Detokeniser = Callable[[Sequence[int]], str]


def load_detokeniser(directory: Path) -> Detokeniser:
    """Return the function that turns ids into text; special tokens leave no trace.

    ``tokenizer.model`` is SentencePiece (the bundled model), ``tokenizer.json`` is Hugging Face's
    format (stock models). Raises `ModelError` when neither is there or it cannot be read.
    """
    pieces, stock = directory / "tokenizer.model", directory / "tokenizer.json"
    try:
        if pieces.exists():
            return _sentencepiece(pieces)
        if stock.exists():
            tokenizer = tokenizers.Tokenizer.from_file(str(stock))
            return lambda ids: str(tokenizer.decode(list(ids), skip_special_tokens=True)).strip()
    except Exception as error:  # both libraries raise bare exceptions of their own
        raise ModelError(
            f"{directory}: the tokenizer cannot be read ({error}). Copy the model again."
        ) from error
    raise ModelError(
        f"{directory}: neither tokenizer.model nor tokenizer.json is there. "
        "Copy tokenizer.json of the original model beside model.bin."
    )


def _sentencepiece(path: Path) -> Detokeniser:
    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    size = processor.get_piece_size()

    def detokenise(ids: Sequence[int]) -> str:
        return str(processor.decode([index for index in ids if index < size])).strip()

    return detokenise
