"""Whether an operator's phone is still there."""

from __future__ import annotations

from voicebot.sip.rules.liveness import ANSWER_MS, REPEAT_MS, SILENT_MS, Liveness, Verdict


def test_a_party_without_audio_is_asked() -> None:
    """Packets or a hold put the question off; without an answer the party is gone."""
    liveness = Liveness()
    assert liveness.judge(0, 0, expected=True) is Verdict.FINE
    assert liveness.judge(50, SILENT_MS, expected=True) is Verdict.FINE
    assert liveness.judge(50, 2 * SILENT_MS - 1, expected=True) is Verdict.FINE
    assert liveness.judge(50, 2 * SILENT_MS, expected=False) is Verdict.FINE
    assert liveness.judge(50, 3 * SILENT_MS, expected=True) is Verdict.ASK
    assert liveness.judge(50, 3 * SILENT_MS + ANSWER_MS - 1, expected=True) is Verdict.FINE
    assert liveness.judge(50, 3 * SILENT_MS + ANSWER_MS, expected=True) is Verdict.GONE


def test_a_party_that_answers_stays() -> None:
    """An answer, or a packet, takes the suspicion away; a silent phone is asked again later."""
    liveness = Liveness()
    liveness.judge(7, 0, expected=True)
    assert liveness.judge(7, SILENT_MS, expected=True) is Verdict.ASK
    liveness.answered(SILENT_MS + 100)
    assert liveness.judge(7, SILENT_MS + ANSWER_MS, expected=True) is Verdict.FINE
    assert liveness.judge(7, SILENT_MS + 100 + REPEAT_MS, expected=True) is Verdict.ASK
    assert liveness.judge(8, SILENT_MS + 100 + REPEAT_MS + ANSWER_MS, expected=True) is Verdict.FINE
