"""How a model's texts are searched for: ``voicebot`` in its ``preprocessor_config.json``.

``voicebot model prepare`` writes it. Stock directories and the bundled model have none: the whole window,
no guard against repetition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from voicebot.errors import ModelError
from voicebot.speech.confidence import Calibration


class Decoding(BaseModel):
    """Window and search of a model."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    window_padding_ms: int | None = Field(default=None, ge=0)
    """Silence after a clip that is encoded with it; None: up to the model's whole window."""
    beam_size: int = Field(default=5, ge=1)
    """Whisper's own default; rare place names are lost to frequent ones with fewer."""
    patience: float = Field(default=2.0, gt=0)
    """The search ends with twice as many finished texts as beams: a tenth more time, a twentieth fewer errors
    (of the bundled model)."""
    repetition_penalty: float = Field(default=1.0, ge=1)
    """How much less likely a token is that the text has already; 1 is no penalty."""
    no_repeat_ngram_size: int = Field(default=0, ge=0)
    """No run of so many tokens stands twice in a text, but for what callers repeat; 0 allows any."""
    tokens_per_second: int | None = Field(default=None, ge=1)
    """The most tokens in a second of fast speech; None: by the size of the vocabulary."""
    confidence: Calibration = Calibration()

    @property
    def is_guarded(self) -> bool:
        """Whether the search is kept from repeating itself."""
        return self.repetition_penalty != 1.0 or self.no_repeat_ngram_size > 0


def read_decoding(where: str, preprocessor: Mapping[str, Any]) -> Decoding:
    """Return what ``preprocessor``, the content of file ``where``, says of decoding. Raises `ModelError`."""
    try:
        return Decoding.model_validate(preprocessor.get("voicebot", {}))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, ("voicebot", *first["loc"])))
        raise ModelError(
            f"{where}: {name} is wrong ({first['msg']}). Prepare the model again (voicebot model prepare)."
        ) from error
