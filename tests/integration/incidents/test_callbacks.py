"""The callback list in a real database."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from voicebot import metrics
from voicebot.incidents import Caller, Incident, IncidentStore, Taken, Urgency, Utterance
from voicebot.vocabulary import urgency as levels

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = START + timedelta(hours=1)


def call(
    after_s: int = 0, *, number: str | None = "01012345678", level: levels.Urgency = "urgent"
) -> Incident:
    return Incident(call_id=f"c{after_s}", opened_at=START + timedelta(seconds=after_s)).changed(
        caller=Caller(number=number), urgency=Urgency(level=level)
    )


def lost(incident: Incident, words: str = "", state: str = "abandoned") -> Incident:
    said = (Utterance(speaker="caller", text=words, start_ms=0, end_ms=1),) if words else ()
    ended_at = incident.opened_at + timedelta(seconds=9)
    return incident.changed(state=state, transcript=said, ended_at=ended_at)


def gauge() -> dict[str, float]:
    levels = ("urgent", "unknown", "potential", "non_urgent")
    return {level: metrics.OPEN_CALLBACKS.labels(level)._value.get() for level in levels}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/voicebot.db"


@pytest.fixture
async def store(url: str) -> AsyncIterator[IncidentStore]:
    store = await IncidentStore.open(url)
    yield store
    await store.close()


async def test_lost_callers_are_listed_by_urgency_then_by_waiting_time(store: IncidentStore) -> None:
    """Urgent before unknown before the rest; of two alike the one who has waited longer."""
    calls = [
        lost(call(1, level="non_urgent")),
        lost(call(2, level="urgent"), "불이 났어요"),
        lost(call(3, level="unknown")),
        lost(call(4, level="urgent"), state="line_lost"),
    ]
    for each in (*calls, call(5), call(6).changed(state="connected"), call(7).changed(state="reported")):
        await store.save(each)
    found = await store.callbacks()
    assert [entry.incident_id for entry in found] == [calls[n].id for n in (1, 3, 2, 0)]
    first = found[0]
    assert (first.number, first.why, first.last_words) == ("01012345678", "hung_up", "불이 났어요")
    assert first.left_at == calls[1].ended_at
    assert gauge() == {"urgent": 2, "unknown": 1, "potential": 0, "non_urgent": 1}


async def test_a_crash_puts_the_callers_it_cut_off_on_the_list(url: str) -> None:
    """Who was on the line when the core died is listed at the next start, and counted at once."""
    store = await IncidentStore.open(url)
    await store.save(call())
    await store.close()
    again = await IncidentStore.open(url)
    try:
        (entry,) = await again.callbacks()
        assert entry.why == "interrupted"
        assert gauge()["urgent"] == 1
    finally:
        await again.close()


async def test_the_same_number_goes_on_with_its_last_call(store: IncidentStore) -> None:
    """The newest record of the number within the time is found; not its own, not an older, not a closed one."""
    first, second = lost(call(0)), lost(call(60))
    for each in (first, second):
        await store.save(each)
    third = call(120)
    await store.save(third)
    assert await store.previous_call(third, START) == second
    assert await store.previous_call(third, START + timedelta(seconds=61)) is None
    assert await store.previous_call(call(130, number="+821012345678"), START) == third
    assert await store.previous_call(call(130, number="01099999999"), START) is None
    await store.close_callback(second.id, "김", "통화함", LATER)
    await store.save(third.changed(state="closed"))
    assert await store.previous_call(call(130), START) == first


async def test_withheld_numbers_are_never_matched(store: IncidentStore) -> None:
    """Neither a call that withheld its number nor one without any finds another, or is found."""
    hidden = call().changed(caller=Caller(number="01012345678", withheld=True))
    await store.save(hidden)
    await store.save(call(1, number=None))
    assert await store.previous_call(call(2), START) is None
    assert await store.previous_call(hidden, START) is None
    assert await store.previous_call(call(3, number=None), START) is None


async def test_a_caller_who_is_lost_twice_is_one_entry(store: IncidentStore) -> None:
    """The entry counts the calls, keeps the higher urgency, and shows the newer words."""
    first = lost(call(0, level="urgent"), "불이 났어요")
    second = call(60, level="unknown").changed(continues=first.id)
    await store.save(first)
    await store.save(second)
    (entry,) = await store.callbacks()
    assert (entry.calls, entry.last_id, entry.last_state) == (2, second.id, "open")
    await store.save(lost(second, "아직 안 왔어요"))
    await store.save(first.changed(flags=("system_failure",)))  # late news of the first call changes nothing
    (entry,) = await store.callbacks()
    assert entry.incident_id == first.id
    assert (entry.calls, entry.urgency, entry.last_words) == (2, "urgent", "아직 안 왔어요")
    await store.save(lost(call(90).changed(continues=first.id)))
    (entry,) = await store.callbacks()
    assert (entry.calls, entry.last_words) == (3, "아직 안 왔어요")


async def test_a_caller_who_reached_a_human_stays_listed_until_a_human_says_so(store: IncidentStore) -> None:
    """The entry shows that the caller called again and was connected; it is not closed by itself."""
    first = lost(call(0))
    await store.save(first)
    await store.save(call(60).changed(continues=first.id, state="connected"))
    (entry,) = await store.callbacks()
    assert (entry.calls, entry.last_state) == (2, "connected")


async def test_claimed_by_one_human_at_a_time(store: IncidentStore) -> None:
    """The second who wants to ring back learns who does; asking again does no harm."""
    await store.save(lost(call()))
    (entry,) = await store.callbacks()
    claimed = await store.claim_callback(entry.incident_id, "김", LATER)
    assert not isinstance(claimed, Taken)
    assert claimed is not None
    assert (claimed.claimed_by, claimed.claimed_at) == ("김", LATER)
    refused = await store.claim_callback(entry.incident_id, "이", LATER)
    assert isinstance(refused, Taken)
    assert refused.entry.claimed_by == "김"
    assert not isinstance(await store.claim_callback(entry.incident_id, "김", LATER), Taken)
    assert await store.claim_callback("i0", "김", LATER) is None


async def test_closing_closes_the_lost_calls_of_the_incident(store: IncidentStore) -> None:
    """All lost records of the chain are closed, one that a human had is not; the note and the name are kept."""
    calls = [lost(call(0))]
    calls += [lost(call(n * 60).changed(continues=calls[0].id)) for n in (1, 2)]
    calls.append(call(180).changed(continues=calls[0].id, state="connected"))
    for each in calls:
        await store.save(each)
    root = calls[0].id
    closed = await store.close_callback(root, "김", "다시 걸어 통화함", LATER)
    assert not isinstance(closed, Taken)
    assert closed is not None
    assert (closed.closed_by, closed.closed_at, closed.note) == ("김", LATER, "다시 걸어 통화함")
    records = [await store.get(each.id) for each in calls]
    assert [record and record.state for record in records] == ["closed", "closed", "closed", "connected"]
    assert await store.callbacks() == []
    assert [entry.incident_id for entry in await store.callbacks(closed=True)] == [root]
    assert sum(gauge().values()) == 0
    assert isinstance(await store.close_callback(root, "이", "또", LATER), Taken)
    assert isinstance(await store.claim_callback(root, "이", LATER), Taken)
    assert await store.close_callback("i0", "김", "x", LATER) is None


async def test_a_caller_who_is_lost_again_after_the_close_is_listed_again(store: IncidentStore) -> None:
    """A call that had begun before the entry was closed and is lost after it opens the entry again."""
    first = lost(call(0))
    second = call(60).changed(continues=first.id)
    third = call(70).changed(continues=first.id)
    for each in (first, second):
        await store.save(each)
    await store.close_callback(first.id, "김", "통화함", LATER)
    await store.save(lost(second, "다시 불이 났어요"))
    (entry,) = await store.callbacks()
    assert (entry.closed_by, entry.note, entry.last_words) == (None, None, "다시 불이 났어요")
    await store.save(third)
    assert [each.calls for each in await store.callbacks()] == [3]
