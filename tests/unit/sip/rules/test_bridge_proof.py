"""The proof that two parties hear each other, the caller limit, and the shown identity."""

from __future__ import annotations

import pytest

from voicebot.sip.rules.admission import caller_limit
from voicebot.sip.rules.bridge_proof import ENOUGH_PACKETS, BridgeProof
from voicebot.sip.rules.caller_id import local_identity
from voicebot.sip.rules.liveness import ANSWER_MS, REPEAT_MS, SILENT_MS, Pulse, Verdict


def test_both_must_speak_and_be_spoken_to() -> None:
    """One direction without packets proves nothing; the last one completes it."""
    proof = BridgeProof((100, 100), (200, 200))
    for missing in range(4):
        passed = [ENOUGH_PACKETS] * 4
        passed[missing] = ENOUGH_PACKETS - 1
        assert not proof.shown((100 + passed[0], 100 + passed[1]), (200 + passed[2], 200 + passed[3]))
    assert proof.shown((105, 105), (205, 205))


def test_a_counter_that_starts_anew_counts_from_there() -> None:
    """After a re-INVITE the stream is new; what was counted before it is not held against it."""
    proof = BridgeProof((1000, 1000), (0, 0))
    assert not proof.shown((2, 3), (900, 900))
    assert not proof.shown((6, 7), (900, 900))
    assert proof.shown((7, 8), (900, 900))


@pytest.mark.parametrize(
    ("legs", "reserved", "callers"), [(4, None, 2), (5, None, 2), (1, None, 0), (4, 1, 3), (2, 9, 0)]
)
def test_each_caller_has_a_leg_for_an_operator(legs: int, reserved: int | None, callers: int) -> None:
    """Half of the legs are kept unless the settings of the line say how many."""
    assert caller_limit(legs, reserved) == callers


@pytest.mark.parametrize(
    ("name", "number", "shown"),
    [
        ("119", None, '"119" <sip:119@10.0.0.1:5060>'),
        ("119", "+82#1", '"119" <sip:+82%231@10.0.0.1:5060>'),
        ('a"\\\r\nb', "1" * 40, '"ab" <sip:' + "1" * 32 + "@10.0.0.1:5060>"),
        ("", "7", "<sip:7@10.0.0.1:5060>"),
    ],
)
def test_the_callers_number_takes_our_users_place(name: str, number: str | None, shown: str) -> None:
    """Nothing in name or number can break out of the From header."""
    assert local_identity("sip:119@10.0.0.1:5060", name, number) == shown


def test_a_party_without_audio_is_asked() -> None:
    """Packets or a hold put the question off; without an answer the party is gone."""
    pulse = Pulse()
    assert pulse.beat(0, 0, expected=True) is Verdict.FINE
    assert pulse.beat(50, SILENT_MS, expected=True) is Verdict.FINE
    assert pulse.beat(50, 2 * SILENT_MS - 1, expected=True) is Verdict.FINE
    assert pulse.beat(50, 2 * SILENT_MS, expected=False) is Verdict.FINE
    assert pulse.beat(50, 3 * SILENT_MS, expected=True) is Verdict.ASK
    assert pulse.beat(50, 3 * SILENT_MS + ANSWER_MS - 1, expected=True) is Verdict.FINE
    assert pulse.beat(50, 3 * SILENT_MS + ANSWER_MS, expected=True) is Verdict.GONE


def test_a_party_that_answers_stays() -> None:
    """An answer, or a packet, takes the suspicion away; a silent phone is asked again later."""
    pulse = Pulse()
    pulse.beat(7, 0, expected=True)
    assert pulse.beat(7, SILENT_MS, expected=True) is Verdict.ASK
    pulse.answered(SILENT_MS + 100)
    assert pulse.beat(7, SILENT_MS + ANSWER_MS, expected=True) is Verdict.FINE
    assert pulse.beat(7, SILENT_MS + 100 + REPEAT_MS, expected=True) is Verdict.ASK
    assert pulse.beat(8, SILENT_MS + 100 + REPEAT_MS + ANSWER_MS, expected=True) is Verdict.FINE
