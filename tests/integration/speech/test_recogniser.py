"""The bundled model, loaded as any CTranslate2 Whisper directory is."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from voicebot.errors import ModelError
from voicebot.settings import PROJECT_FOLDER
from voicebot.speech.recogniser import Recogniser
from voicebot.speech.synthesiser import Synthesiser, Voice

BUNDLED = PROJECT_FOLDER / "models" / "ko-119-mini"
SENTENCES = (
    "역삼동 테헤란로 백오십이 건물에 불이 났어요",
    "망원동 망원시장 앞에 나무가 쓰러졌어요",
    "네 맞아요",
    "사람 바꿔 주세요",
    "숨을 안 쉬어요",
)


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    """Load the bundled model."""
    return Recogniser(BUNDLED)


def spoken(folder: Path, texts: tuple[str, ...]) -> list[np.ndarray[tuple[int], np.dtype[np.int16]]]:
    """Let espeak-ng say the texts, with a little silence around."""

    async def speak() -> list[Path]:
        synthesiser = Synthesiser(folder)
        return [(await synthesiser.speech(text, Voice("ko+f2", 150, 55))).file for text in texts]

    pause = np.zeros(2400, np.int16)
    return [
        np.concatenate([pause, np.frombuffer(file.read_bytes(), np.int16), pause])
        for file in asyncio.run(speak())
    ]


def test_it_writes_what_is_said(tmp_path: Path, recogniser: Recogniser) -> None:
    """Five sentences come back with few wrong syllables, alone as in a batch."""
    clips = spoken(tmp_path, SENTENCES)
    together = recogniser.transcribe(clips)
    wrong = total = 0
    for sentence, clip, batched in zip(SENTENCES, clips, together, strict=True):
        (alone,) = recogniser.transcribe([clip])
        for heard in (alone, batched):
            wrong += Levenshtein.distance(sentence.replace(" ", ""), heard.text.replace(" ", ""))
            total += len(sentence.replace(" ", ""))
            assert 0.0 < heard.confidence <= 1.0
    assert wrong / total < 0.2, [transcript.text for transcript in together]


def test_it_invents_nothing(recogniser: Recogniser) -> None:
    """Silence and line noise give empty texts."""
    random = np.random.default_rng(11)
    clips = [np.zeros(16_000, np.int16)]
    clips += [random.normal(0, level, 16_000).astype(np.int16) for level in (30, 100, 300, 1000)]
    assert [transcript.text for transcript in recogniser.transcribe(clips)] == [""] * len(clips)


def test_a_clip_longer_than_the_window_is_cut_not_refused(tmp_path: Path, recogniser: Recogniser) -> None:
    """Too much audio is no error."""
    (clip,) = spoken(tmp_path, (SENTENCES[0],))
    long = np.concatenate([clip, np.zeros(8 * recogniser.longest_ms, np.int16)])
    assert len(recogniser.transcribe([long])) == 1


@pytest.mark.parametrize("missing", ["model.bin", "vocabulary.json", "tokenizer.model"])
def test_an_incomplete_directory_says_what_it_lacks(tmp_path: Path, missing: str) -> None:
    """Each missing file is a sentence for a person, not an error of a library."""
    folder = tmp_path / "model"
    shutil.copytree(BUNDLED, folder)
    (folder / missing).unlink()
    with pytest.raises(ModelError, match=str(folder)):
        Recogniser(folder)


@pytest.mark.parametrize("guards", [{"no_speech": 0.1}, {"avg_logprob": "low"}, 3])
def test_wrong_guards_of_a_model_are_named(tmp_path: Path, guards: object) -> None:
    """A threshold that nobody knows, or that is no number, is said with the file that has it."""
    folder = tmp_path / "model"
    shutil.copytree(BUNDLED, folder)
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "guards": guards}))
    with pytest.raises(ModelError, match=r"preprocessor_config\.json: guards is wrong"):
        Recogniser(folder)


def test_a_model_brings_its_own_guards(tmp_path: Path, recogniser: Recogniser) -> None:
    """With thresholds that believe nothing, the same clip gives no text."""
    (clip,) = spoken(tmp_path, (SENTENCES[0],))
    assert recogniser.transcribe([clip])[0].text
    folder = tmp_path / "model"
    shutil.copytree(BUNDLED, folder)
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "guards": {"hopeless_logprob": 0.0}}))
    assert not Recogniser(folder).transcribe([clip])[0].text


def test_nothing_in_nothing_out(recogniser: Recogniser) -> None:
    """An empty batch is an empty answer."""
    assert recogniser.transcribe([]) == []
