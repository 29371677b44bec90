"""How well turns are taken: utterances cut or merged, and barge-in on words, coughs and noise."""

from __future__ import annotations

import itertools
import time
from typing import Any

import numpy as np

from models.measure import material, offline
from models.measure.material import SEED, Material, Pcm
from voicebot.calls.hearing.listening import ATTENTIVE
from voicebot.speech.recogniser import Recogniser
from voicebot.turns import barge_in, endpointing
from voicebot.turns.barge_in import BargeIn, Effect
from voicebot.turns.endpointing import WINDOW_MS, PartialDue, PauseBegan, TurnState, UtteranceEnded
from voicebot.vocabulary.audio_format import SAMPLES_PER_MS

_PER_CALL = 6
"""Sentences of one caller. Chosen."""
_LEAD_MS = 960
"""How long our sentence has been playing when the caller speaks over it."""


def endpointing_quality(speech: Material) -> list[dict[str, Any]]:
    """Return the shares of sentences that were cut in two, merged or missed, in calls of six sentences.

    Between sentences are 1.1 to 3 s; in every third sentence the caller breathes for 150 to 400 ms.
    """
    rows = []
    for name, snr_db in (("clean", None), ("15_db", 15.0), ("8_db", 8.0)):
        rng = np.random.default_rng(SEED + 2)
        tracks, spans = [], []
        for first in range(0, len(speech.clips) - _PER_CALL + 1, _PER_CALL):
            track, said = _call(speech, range(first, first + _PER_CALL), rng)
            level = float(np.mean([material.power(speech.clips[first + k]) for k in range(_PER_CALL)]))
            tracks.append(material.on_the_line(track, snr_db, rng, speech.bank, level))
            spans.append(said)
        cut = merged = missed = total = 0
        for probabilities, said in zip(offline.probabilities(tracks), spans, strict=True):
            found = [
                (each.start_ms, each.end_ms - each.silent_ms) for each in offline.utterances(probabilities)
            ]
            touching = [[span for span in found if span[0] < end and span[1] > start] for start, end in said]
            total += len(said)
            cut += sum(len(each) > 1 for each in touching)
            missed += sum(not each for each in touching)
            merged += sum(
                any(span in after for span in before) for before, after in itertools.pairwise(touching)
            )
        rows.append(
            {
                "line": name,
                "sentences": total,
                "cut_in_two": round(cut / total, 4),
                "merged": round(merged / total, 4),
                "missed": round(missed / total, 4),
            }
        )
    return rows


def barge_ins(recogniser: Recogniser, speech: Material, count: int) -> dict[str, Any]:
    """Return how soon words over our sentence stop it, and how often coughs and noise do."""
    delays_ms: list[float] = []
    missed = 0
    rng = np.random.default_rng(SEED + 3)
    for number, text in enumerate([text for text in speech.texts if len(text.split()) > 3][:count]):
        whole = material.speak(text, SEED + number)
        two = material.speak(" ".join(text.split()[:2]), SEED + number)
        if not len(whole) or not len(two):
            continue
        track = material.on_the_line(
            material.padded(whole, _LEAD_MS, 1200), None, rng, speech.bank, material.power(whole)
        )
        confirmed_ms = _confirmed_ms(recogniser, track)
        if confirmed_ms is None:
            missed += 1
        else:
            delays_ms.append(confirmed_ms - _LEAD_MS - len(two) / SAMPLES_PER_MS)
    sounds = [*material.coughs(count, rng), *material.noises(count, rng, speech.bank)]
    false = sum(
        _confirmed_ms(recogniser, material.padded(sound, _LEAD_MS, 1200)) is not None for sound in sounds
    )
    return {
        "utterances": len(delays_ms) + missed,
        "not_confirmed": missed,
        "after_second_word_ms_p50": round(float(np.percentile(delays_ms, 50)), 1) if delays_ms else None,
        "after_second_word_ms_p95": round(float(np.percentile(delays_ms, 95)), 1) if delays_ms else None,
        "within_300_ms": round(float(np.mean([delay <= 300 for delay in delays_ms])), 4)
        if delays_ms
        else None,
        "coughs_and_noises": len(sounds),
        "false_confirmations": round(false / len(sounds), 4),
    }


def _call(speech: Material, indices: range, rng: np.random.Generator) -> tuple[Pcm, list[tuple[int, int]]]:
    parts: list[Pcm] = []
    said: list[tuple[int, int]] = []
    at_ms = 0
    for index in indices:
        clip = speech.clips[index]
        if index % 3 == 0:
            clip = _with_breath(clip, int(rng.uniform(150, 400)))
        gap_ms = int(rng.uniform(1100, 3000))
        said.append((at_ms + gap_ms, at_ms + gap_ms + len(clip) // SAMPLES_PER_MS))
        parts.append(material.padded(clip, gap_ms, 0))
        at_ms += len(parts[-1]) // SAMPLES_PER_MS
    return np.concatenate([*parts, np.zeros(SAMPLES_PER_MS * 1200, np.int16)]), said


def _with_breath(clip: Pcm, pause_ms: int) -> Pcm:
    """Put a pause at the quietest 20 ms in the middle of a clip."""
    third = len(clip) // 3
    frames = np.abs(clip[third : 2 * third].astype(np.int32))
    frames = frames[: len(frames) // 160 * 160].reshape(-1, 160).mean(axis=1)
    at = third + 160 * int(frames.argmin()) if len(frames) else len(clip) // 2
    return np.concatenate([clip[:at], np.zeros(SAMPLES_PER_MS * pause_ms, np.int16), clip[at:]])


def _confirmed_ms(recogniser: Recogniser, track: Pcm) -> float | None:
    """Return when speech in ``track`` would stop our sentence, decoding time included; None: it does not."""
    turn, state = TurnState(), BargeIn()
    (probabilities,) = offline.probabilities([track])
    for probability in map(float, probabilities):
        turn, events = endpointing.step(turn, probability, ATTENTIVE)
        state, _ = barge_in.advanced(state, WINDOW_MS, speaking=turn.speaking, playing=True)
        for event in events:
            if not isinstance(event, PartialDue | PauseBegan | UtteranceEnded):
                continue
            began_s = time.perf_counter()
            over = not isinstance(event, PartialDue)
            hear = recogniser.transcribe if over else recogniser.draft
            (heard,) = hear([track[event.start_ms * SAMPLES_PER_MS : event.end_ms * SAMPLES_PER_MS]])
            took_ms = (time.perf_counter() - began_s) * 1000
            state, effect = barge_in.heard(state, heard.text, over=over)
            if effect is Effect.CANCEL:
                return turn.leg_ms + took_ms
    return None
