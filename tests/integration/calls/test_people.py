"""A person's recording as a real SIP call: what stands in the record is what the model hears of the file.

Needs recordings of people (the manifest that PEOPLE_MANIFEST names, else the shared development set) and an
installed model that hears them; without either it is skipped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.calls.parties import quiet_line
from tests.integration.calls.site import QUESTION, SHORT_DIALOG, Site
from tests.integration.phones import Script, Sipp, alaw
from voicebot.audio.telephone import through_a_telephone
from voicebot.audio.wav import write_wav
from voicebot.cli.transcribe import transcribe
from voicebot.settings import Settings
from voicebot.speech_models.folder import SpeechModel, installed, models_folder
from voicebot.speech_models.manifest import SpokenClip, read_audio, read_manifest, seconds_of
from voicebot.speech_models.scoring import syllable_errors
from voicebot.wiring import load_recogniser

SHARED = Path(__file__).parents[3] / ".." / "shared" / "data" / "human-speech" / "manifest.jsonl"
PEOPLE = Path(os.environ.get("PEOPLE_MANIFEST", SHARED))
CLIPS = 3
SHORTEST_S, LONGEST_S = 2.0, 5.0
"""One answer of a caller, not a talk."""
MOST_APART = 0.25
"""Of the syllables: a live call cuts and batches a clip otherwise than a file, and a word may come out otherwise."""


@pytest.fixture
def model() -> SpeechModel:
    """The installed model that hears people."""
    own = {key: value for key, value in os.environ.items() if key != "VOICEBOT_MODELS"}
    found = [each for each in installed(models_folder(own)) if each.language == "ko"]
    if not found:
        pytest.skip("no model that hears people is installed: voicebot model install whisper-base")
    return found[0]


def clips() -> Iterator[SpokenClip]:
    """Return one clip each of the first few speakers who have one of the right length."""
    speakers: set[str] = set()
    for clip in read_manifest(PEOPLE):
        if clip.speaker not in speakers and SHORTEST_S <= seconds_of(clip.file) <= LONGEST_S:
            speakers.add(clip.speaker)
            yield clip
        if len(speakers) == CLIPS:
            return


@pytest.mark.filterwarnings("ignore:`torch.jit.load` is deprecated:DeprecationWarning")
@pytest.mark.skipif(not PEOPLE.exists(), reason="no recordings of people: name a manifest in PEOPLE_MANIFEST")
async def test_a_persons_words_reach_the_record(tmp_path: Path, model: SpeechModel) -> None:
    """Telephone, SIP, rings, voice detection, endpointing and queue add little to what the model mishears."""
    speech = {"model": str(model.directory)}
    recogniser = load_recogniser(Settings.model_validate({"speech": speech}))
    async with Site(tmp_path, settings={"speech": speech, "dialog": str(SHORT_DIALOG)}) as site:
        for number, clip in enumerate(clips()):
            folder = tmp_path / str(number)
            folder.mkdir()
            pcm = through_a_telephone(*read_audio(clip.file))
            write_wav(folder / "clip.wav", pcm)
            (folder / "clip.al").write_bytes(alaw(pcm))
            by_file = str(next(transcribe(recogniser, [folder / "clip.wav"]))["text"])
            await call(site, folder, f"0105550{number:04d}", len(pcm) // 8, by_file)


async def call(site: Site, folder: Path, number: str, clip_ms: int, by_file: str) -> None:
    """Say the clip after the question, and hang up once the record has what the file says."""
    quiet = quiet_line(folder)
    script = Script(from_user=number).invite().expect(100, optional=True).expect(200).ack().say(quiet, -1)
    script = script.await_cue().say(folder / "clip.al").pause(clip_ms + 100).say(quiet, -1).await_cue().bye()

    async def heard_whole() -> bool:
        record = await site.incident_of(number)
        said = " ".join(each["text"] for each in record["transcript"] if each["speaker"] == "caller")
        apart, syllables = syllable_errors(by_file, said)
        return apart <= MOST_APART * syllables

    async with await Sipp.start(folder, script, target_port=site.port) as phone:
        await site.until_said_in_call(QUESTION)
        await phone.cue()
        await site.until(heard_whole)
        await phone.cue()
        await phone.wait()
