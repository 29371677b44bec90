"""Token probabilities made into probabilities of being right.

A model says how probable each token is, which is not how often it is right. A logistic curve over the log
odds (Platt scaling), fitted on people whose words are known, turns the one into the other; the model's
``preprocessor_config.json`` has its two numbers for words and for texts.
"""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict

_LEAST = 1e-6
"""Probabilities are kept so far from 0 and 1 that their log odds are finite."""


class Curve(BaseModel):
    """Log odds of being right = ``shift`` + ``scale`` times the model's own; the default changes nothing."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    scale: float = 1.0
    shift: float = 0.0

    def probability(self, raw: float) -> float:
        """Return how often what has the model probability ``raw`` (0 to 1) is right, 0 to 1."""
        if self == _UNCHANGED:
            return raw
        raw = min(1.0 - _LEAST, max(_LEAST, raw))
        return 1.0 / (1.0 + math.exp(-(self.shift + self.scale * math.log(raw / (1.0 - raw)))))


_UNCHANGED = Curve()


class Calibration(BaseModel):
    """The curves of a model."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    word: Curve = Curve()
    """From the probability of a word's worst token to how often the word is right."""
    text: Curve = Curve()
    """From a text's mean probability per token to the share of its syllables that are right."""
