"""Where a recording is cut into utterances."""

import numpy as np
import numpy.typing as npt

from voicebot.cli.transcribe import utterances

WINDOW_SAMPLES = 256


class LoudIsSpeech:
    """A detector for which every window that is not silent is speech."""

    def reset(self, slot: int) -> None:
        """Remember nothing."""

    def probabilities(
        self, slots: npt.NDArray[np.intp], windows: npt.NDArray[np.int16]
    ) -> npt.NDArray[np.float32]:
        """Return 1 for sound, 0 for silence."""
        return np.asarray(windows.any(axis=1), np.float32)


def sound(duration_ms: int, level: int = 1000) -> npt.NDArray[np.int16]:
    """Return a recording of one loudness."""
    return np.full(duration_ms * 8, level, np.int16)


def heard_ms(pcm: npt.NDArray[np.int16]) -> list[int]:
    """Return how long the sound in each utterance is."""
    return [int(np.count_nonzero(clip)) // 8 for clip in utterances(LoudIsSpeech(), pcm, 30_000)]


def test_who_speaks_until_the_recording_ends_is_heard() -> None:
    """A recording without silence at its end loses nothing, not even a window that is not full."""
    assert heard_ms(sound(2000)) == [2000]
    assert heard_ms(sound(2011)) == [2011]


def test_a_pause_parts_two_utterances() -> None:
    """As in a call, and the second ends with the recording."""
    assert heard_ms(np.concatenate([sound(1600), sound(1600, 0), sound(960)])) == [1600, 960]


def test_silence_has_no_utterance() -> None:
    """A file of silence, or of nothing, is an empty answer."""
    assert heard_ms(sound(2000, 0)) == []
    assert heard_ms(sound(0)) == []
