"""Checks that the model card says what was measured."""

import json

from models.train.card import model_card
from models.train.command import MODEL_DIRECTORY


def test_the_shipped_card_is_made_from_the_shipped_figures() -> None:
    """No figure of the card is written by hand."""
    figures = json.loads((MODEL_DIRECTORY / "figures.json").read_text(encoding="utf-8"))
    assert model_card(figures) == (MODEL_DIRECTORY / "README.md").read_text(encoding="utf-8")


def test_a_card_tells_from_what_the_model_went_on() -> None:
    """A model that continued an export says so, with what that one had seen; one from nothing does not."""
    figures = json.loads((MODEL_DIRECTORY / "figures.json").read_text(encoding="utf-8"))
    before = {"sentences": 12_345, "hours_of_speech": 9, "steps": 678, "minutes": 5}
    figures["training"]["before"] = before
    assert "12,345 other sentences" in model_card(figures)
    del figures["training"]["before"]
    assert "goes on from an earlier export" not in model_card(figures)
