"""The callback list: callers who were lost before a human had them, until a named human closes the entry.

One entry per incident, whatever number of calls it took: a second call of the same caller that is lost too
changes the entry of the first. Entries are written in the transaction of the record that they come from, so
no crash lies between the two. Everything here blocks and runs in the store's thread.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict

from voicebot.incidents.database import callbacks, callers, incidents
from voicebot.incidents.model import Incident, Moment, State, timestamp
from voicebot.vocabulary.urgency import HELPED_FIRST, URGENCIES, Urgency

Why = Literal["hung_up", "silent", "left_in_transfer", "line_lost", "interrupted"]
"""Why the caller is on the list: hung up with the bot, hung up without a word, hung up while a human was
being rung or listened to the brief, lost by our line process, lost by the end of the core."""

LOST_STATES: tuple[State, ...] = ("abandoned", "line_lost", "interrupted")
"""States of a record whose caller has to be rung back."""

_LAST_WORDS_CHARACTERS = 200
"""Chosen: two or three sentences, which is what fits beside an entry of the list."""
_KOREA = re.compile(r"(?:\+82|0082)0?")
_SHORTEST_NUMBER = 3
"""Of the Korean numbering plan: 119. What is shorter tells nobody apart."""


class Callback(BaseModel):
    """An entry of the list, in the shape that ``GET /api/callbacks`` shows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    incident_id: str
    """The incident: id of the record of the caller's first call."""
    last_id: str
    """Record of the caller's last call; the same as ``incident_id`` while there was one call."""
    calls: int
    """Calls of this incident since it is on the list."""
    last_state: State
    """State of that call: the caller may have called again and be with a human by now."""
    number: str | None
    """Where to ring back; None when the network did not tell."""
    urgency: Urgency
    """The highest of the caller's calls."""
    why: Why
    last_words: str | None
    """What the caller said last; None when nothing was understood."""
    left_at: Moment
    """When the caller was lost; the beginning of the call when that is not known."""
    claimed_by: str | None = None
    claimed_at: Moment | None = None
    closed_by: str | None = None
    closed_at: Moment | None = None
    note: str | None = None
    """What came of it, in the words of the human who closed the entry."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The entry is another human's, or closed already: ``entry`` tells whose."""

    entry: Callback


def matched_number(incident: Incident) -> str | None:
    """Return the number by which another call is known to be of the same caller; None for a withheld one.

    ``+82 10 …`` and ``010 …`` are one number.
    """
    number = incident.caller.number
    if number is None or incident.caller.withheld:
        return None
    national = _KOREA.sub("0", number, count=1) if _KOREA.match(number) else number
    return national if len(national) >= _SHORTEST_NUMBER else None


def why_lost(incident: Incident) -> Why:
    """Return why the caller of a record in one of `LOST_STATES` is on the list."""
    if incident.state == "line_lost":
        return "line_lost"
    if incident.state == "interrupted":
        return "interrupted"
    if incident.transfer.outcome == "caller_left":
        return "left_in_transfer"
    return "hung_up" if last_words(incident) is not None else "silent"


def last_words(incident: Incident) -> str | None:
    """Return the end of what the caller said, keys in brackets; None when that was nothing."""
    said = " ".join(entry.text for entry in incident.transcript if entry.speaker == "caller" and entry.text)
    return said[-_LAST_WORDS_CHARACTERS:].strip() or None


def graver(first: Urgency, second: Urgency) -> Urgency:
    """Return the one of two urgencies that is rung back first."""
    return min(first, second, key=HELPED_FIRST.index)


# --- in a transaction of the store -----------------------------------------------------------------


def note_call(connection: sa.Connection, incident: Incident, *, new: bool) -> bool:
    """Take a saved record into the tables of callers and callbacks; return whether the list changed.

    ``new``: this is the first version of the record.
    """
    root = incident.continues or incident.id
    number = matched_number(incident)
    if new and number is not None:
        connection.execute(
            callers.insert().values(
                incident_id=incident.id, root=root, number=number, opened_at=timestamp(incident.opened_at)
            )
        )
    lost = incident.state in LOST_STATES
    if not lost and incident.continues is None:
        return False
    entry = sa.select(callbacks).where(callbacks.c.incident_id == root)
    row = connection.execute(entry).mappings().first()
    if row is None:
        if lost:
            first = {"incident_id": root, "calls": 1, "urgency": incident.urgency.level}
            connection.execute(callbacks.insert().values(first | _of_call(incident) | _of_loss(incident)))
        return lost
    changes = _changes(row, incident)
    if changes:
        connection.execute(callbacks.update().where(callbacks.c.incident_id == root).values(changes))
    return bool(changes)


def _changes(row: sa.RowMapping, incident: Incident) -> dict[str, Any]:
    """Return what a record changes in the entry of its incident; nothing when a later call was noted."""
    of_call = _of_call(incident)
    if of_call["last_opened_at"] < row["last_opened_at"]:
        return {}
    new: dict[str, Any] = {}
    if incident.id != row["last_id"]:
        new = of_call | {"calls": row["calls"] + 1}
    if incident.state in LOST_STATES:
        if row["closed_at"] is not None and row["lost_id"] != incident.id:  # lost again: open again
            new |= dict.fromkeys(("claimed_by", "claimed_at", "closed_by", "closed_at", "note"))
        new |= _of_loss(incident) | {"urgency": graver(row["urgency"], incident.urgency.level)}
        new["last_words"] = new["last_words"] or row["last_words"]
    return {name: value for name, value in new.items() if row[name] != value}


def _of_call(incident: Incident) -> dict[str, Any]:
    return {
        "last_id": incident.id,
        "last_opened_at": timestamp(incident.opened_at),
        "number": incident.caller.number,
    }


def _of_loss(incident: Incident) -> dict[str, Any]:
    return {
        "lost_id": incident.id,
        "why": why_lost(incident),
        "last_words": last_words(incident),
        "left_at": timestamp(incident.ended_at or incident.opened_at),
    }


def previous_document(connection: sa.Connection, number: str, since: datetime, besides: str) -> str | None:
    """Return the last record of a caller that was opened since then and that no human has closed."""
    statement = (
        sa.select(incidents.c.document)
        .join(callers, callers.c.incident_id == incidents.c.id)
        .where(
            callers.c.number == number,
            callers.c.opened_at >= timestamp(since),
            incidents.c.state != "closed",
            incidents.c.id != besides,
        )
        .order_by(callers.c.opened_at.desc())
        .limit(1)
    )
    return connection.scalar(statement)


def entries(connection: sa.Connection, *, closed: bool = False) -> Sequence[Callback]:
    """Return the open entries, the most urgent first, then the one who has waited longest; or closed ones."""
    is_closed = callbacks.c.closed_at.is_not(None)
    found = [_entry(row) for row in _rows(connection, is_closed if closed else ~is_closed)]
    if closed:
        return sorted(found, key=lambda entry: timestamp(entry.closed_at or entry.left_at), reverse=True)
    return sorted(found, key=lambda entry: (HELPED_FIRST.index(entry.urgency), entry.left_at))


def counts(connection: sa.Connection) -> dict[str, int]:
    """Return how many entries are open, for each urgency."""
    statement = (
        sa.select(callbacks.c.urgency, sa.func.count())
        .where(callbacks.c.closed_at.is_(None))
        .group_by(callbacks.c.urgency)
    )
    listed = {str(level): int(number) for level, number in connection.execute(statement)}
    return dict.fromkeys(URGENCIES, 0) | listed


def claim(connection: sa.Connection, incident_id: str, by: str, at: datetime) -> Callback | Taken | None:
    """Give the entry to a human who rings back; None when there is none of this id."""
    entry = _one(connection, incident_id)
    if entry is None:
        return None
    if entry.closed_at is not None or entry.claimed_by not in (None, by):
        return Taken(entry)
    return _change(connection, incident_id, {"claimed_by": by, "claimed_at": timestamp(at)})


def close(
    connection: sa.Connection, incident_id: str, by: str, note: str, at: datetime
) -> Callback | Taken | None:
    """Take the entry off the list, whoever had claimed it; None when there is none of this id.

    The records of lost calls of the incident become ``closed``; those of calls that a human had are left to
    that human.
    """
    entry = _one(connection, incident_id)
    if entry is None:
        return None
    if entry.closed_at is not None:
        return Taken(entry)
    chain = sa.select(callers.c.incident_id).where(callers.c.root == incident_id)
    lost = sa.select(incidents.c.id, incidents.c.document).where(
        incidents.c.id.in_(chain) | incidents.c.id.in_((incident_id, entry.last_id)),
        incidents.c.state.in_(LOST_STATES),
    )
    for record_id, document in connection.execute(lost).all():
        record = Incident.model_validate_json(document).changed(state="closed")
        changes = {"state": record.state, "document": record.model_dump_json()}
        connection.execute(incidents.update().where(incidents.c.id == record_id).values(changes))
    return _change(connection, incident_id, {"closed_by": by, "closed_at": timestamp(at), "note": note})


def _change(connection: sa.Connection, incident_id: str, changes: dict[str, Any]) -> Callback | None:
    connection.execute(callbacks.update().where(callbacks.c.incident_id == incident_id).values(changes))
    return _one(connection, incident_id)


def _one(connection: sa.Connection, incident_id: str) -> Callback | None:
    rows = _rows(connection, callbacks.c.incident_id == incident_id)
    return _entry(rows[0]) if rows else None


def _rows(connection: sa.Connection, where: sa.ColumnElement[bool]) -> Sequence[sa.RowMapping]:
    statement = sa.select(callbacks, incidents.c.state.label("last_state"))
    statement = statement.join(incidents, incidents.c.id == callbacks.c.last_id).where(where)
    return connection.execute(statement).mappings().all()


def _entry(row: sa.RowMapping) -> Callback:
    return Callback.model_validate({name: row[name] for name in Callback.model_fields})
