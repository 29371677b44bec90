import wave
from pathlib import Path

from tests.fakes.synthesiser import SilentClips
from tests.unit.calls.test_current_dialog import DATA
from voicebot.calls.voice import DialogVoice
from voicebot.dialog import Piece, Say, load_dialog
from voicebot.speech.synthesiser import Clip, Voice


class Heard(SilentClips):
    """Remembers what it was asked to speak, and with which voice."""

    def __init__(self, cache: Path) -> None:
        super().__init__(cache)
        self.asked: list[tuple[str, str]] = []

    async def speech(self, text: str, voice: Voice | None = None) -> Clip:
        self.asked.append((text, voice.name if voice else ""))
        return await super().speech(text, voice)


def record(path: Path, samples: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\1\0" * samples)


async def test_a_spliced_sentence_is_one_clip(tmp_path: Path) -> None:
    """Recordings and the synthesised word between them are played without a gap, each as long as it is."""
    script = load_dialog(DATA / "good.yaml")
    record(tmp_path / "yes.wav", 80)
    record(tmp_path / "right.wav", 160)
    voice = DialogVoice(script, tmp_path, Heard(tmp_path / "cache"))
    pieces = (Piece("", "yes.wav"), Piece("역삼동"), Piece("", "right.wav"))
    clip = await voice.rendered(Say("read_back", "네, 역삼동, 맞습니까?", pieces=pieces))
    assert len(clip.file.read_bytes()) == 2 * 80 + 16 + 2 * 160
    assert (await voice.rendered(Say("read_back", "", pieces=pieces))).file == clip.file


async def test_each_language_has_its_voice(tmp_path: Path) -> None:
    """An English sentence is not read by a Korean voice."""
    synthesiser = Heard(tmp_path / "cache")
    voice = DialogVoice(load_dialog(DATA / "good.yaml"), tmp_path, synthesiser)
    await voice.rendered(Say("hello", "Hello.", language="en"))
    await voice.rendered(Say("hello", "안녕하세요."))
    assert synthesiser.asked == [("Hello.", "en"), ("안녕하세요.", "ko")]
