from pathlib import Path

from voicebot.bench import transfer
from voicebot.bench.sipp import Callers
from voicebot.bench.transfer import Sentence

SAYS = Sentence("숨을 안 쉬어요", False, Path("says.al"), word_ends_ms=9_000, ends_ms=9_000)


def test_times_count_from_the_end_of_the_urgent_word() -> None:
    """The phone rang 0.4 s after it, before the utterance was over."""
    incident = {"transcript": [{"speaker": "caller", "text": "숨을 안 쉬어요", "end_ms": 9_700}]}
    row = transfer._row(SAYS, 1000.0, 1009.4, incident)
    assert (round(row["ring"]), row["by_partial"]) == (400, True)
    late = transfer._row(SAYS, 1000.0, 1009.8, incident)
    assert (round(late["ring"]), late["by_partial"]) == (800, False)


def test_a_call_that_never_rang_is_counted_and_shown() -> None:
    """What was heard instead stands in the figures, and the goal is missed however fast the others were."""
    incident = {"transcript": [{"speaker": "caller", "text": "수는", "end_ms": 9_700}]}
    rows = [transfer._row(SAYS, 1000.0, None, incident), transfer._row(SAYS, None, None, None)]
    figures = transfer._figures(rows)
    assert (figures["not_rung"], figures["not_answered"]) == (2, 1)
    assert figures["not_rung_heard"][0] == "숨을 안 쉬어요 -> 수는"
    assert figures["word_to_ring_ms"] == {"p50": None, "p95": None, "max": None}


def test_means_are_read_from_the_metrics() -> None:
    """A histogram that counted nothing has no mean."""
    text = 'voicebot_recogniser_wait_seconds_sum{priority="partial"} 0.5\n'
    text += 'voicebot_recogniser_wait_seconds_count{priority="partial"} 10.0\n'
    means = transfer._where(text)["mean_ms"]
    assert means["wait_for_recogniser_partial"] == 50.0
    assert means["decode_batch"] is None


def test_notes_of_a_phone_are_read_with_their_time(tmp_path: Path) -> None:
    """Sipp writes the date, the time, and seconds since 1970, parted by tabs."""
    (tmp_path / "log").write_text("01020000001 2026-11-22\t18:29:05.119690\t1795372145.119690\nnonsense\n")
    (stamp,) = Callers(tmp_path).stamps()
    assert stamp.text.startswith("01020000001")
    assert stamp.at_s == 1795372145.119690
