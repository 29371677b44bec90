from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from voicebot.incidents import Evidence, Incident, Transfer, Urgency, Utterance

NOON = datetime(2026, 1, 2, 12, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=9)))


def test_document_has_exactly_the_published_keys() -> None:
    """Others read this document: its keys are a contract."""
    document = Incident(call_id="c1", opened_at=NOON).document()
    parts = {key: list(value) for key, value in document.items() if isinstance(value, dict)}
    assert list(document) == [
        *(
            "id",
            "call_id",
            "opened_at",
            "ended_at",
            "continues",
            "state",
            "urgency",
            "type",
            "location",
            "network_location",
            "caller",
            "flags",
            "transcript",
        ),
        "transfer",
        "dialog",
        "answers",
        "answers_confidence",
    ]
    assert parts == {
        "urgency": ["level", "evidence"],
        "type": ["category", "code", "evidence", "confidence"],
        "location": [
            *(
                "text",
                "gu",
                "dong",
                "road",
                "number",
                "place",
                "lat",
                "lon",
                "uncertainty_m",
                "point_source",
                "confirmed",
                "confidence",
            ),
            *("candidates", "conflict"),
        ],
        "caller": ["number", "withheld", "overflow_reason"],
        "transfer": ["mode", "outcome", "operator", "asked_at", "connected_at", "attempts"],
        "dialog": ["name", "version"],
        "answers": [],
        "answers_confidence": [],
    }


def test_utterance_and_evidence_have_the_published_keys() -> None:
    """The items of the lists are part of the contract too."""
    assert list(Utterance.model_fields) == ["speaker", "text", "start_ms", "end_ms", "confidence", "words"]
    assert list(Evidence.model_fields) == ["rule", "words", "utterance", "confidence"]


def test_times_are_written_in_utc_with_milliseconds() -> None:
    """A time of any zone is written as UTC with three digits and a Z."""
    incident = Incident(call_id="c1", opened_at=NOON, transfer=Transfer(asked_at=NOON))
    assert incident.document()["opened_at"] == "2026-01-02T03:00:00.123Z"
    assert incident.document()["transfer"]["asked_at"] == "2026-01-02T03:00:00.123Z"


def test_a_time_without_zone_is_refused() -> None:
    """A time without a zone could mean anything."""
    with pytest.raises(ValidationError):
        Incident(call_id="c1", opened_at=datetime(2026, 1, 2))  # noqa: DTZ001


def test_reads_back_what_it_wrote() -> None:
    """A record survives the way through JSON unchanged, microseconds cut on the way in."""
    incident = Incident(call_id="c1", opened_at=NOON).said(
        Utterance(speaker="caller", text="불이야", start_ms=1, end_ms=2)
    )
    assert Incident.model_validate_json(incident.model_dump_json()) == incident


def test_changed_keeps_the_rest_and_checks_the_new() -> None:
    """A change makes a new record, and a wrong state is not accepted."""
    before = Incident(call_id="c1", opened_at=datetime.now(UTC))
    after = before.changed(urgency=Urgency(level="urgent"), flags=("trapped",))
    assert (after.id, after.urgency.level, before.urgency.level) == (before.id, "urgent", "unknown")
    with pytest.raises(ValidationError):
        before.changed(state="finished")
    with pytest.raises(ValidationError):
        before.changed(stat="open")
