"""The proof that two parties hear each other."""

from __future__ import annotations

from voicebot.sip.rules.bridge_proof import ENOUGH_PACKETS, BridgeProof


def test_both_must_speak_and_be_spoken_to() -> None:
    """One direction without packets proves nothing; the last one completes it."""
    proof = BridgeProof((100, 100), (200, 200))
    for missing in range(4):
        passed = [ENOUGH_PACKETS] * 4
        passed[missing] = ENOUGH_PACKETS - 1
        assert not proof.proven((100 + passed[0], 100 + passed[1]), (200 + passed[2], 200 + passed[3]))
    assert proof.proven((105, 105), (205, 205))


def test_a_counter_that_starts_anew_counts_from_there() -> None:
    """After a re-INVITE the stream is new; what was counted before it is not held against it."""
    proof = BridgeProof((1000, 1000), (0, 0))
    assert not proof.proven((2, 3), (900, 900))
    assert not proof.proven((6, 7), (900, 900))
    assert proof.proven((7, 8), (900, 900))
