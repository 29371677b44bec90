"""The incident store: a record is on disk when `IncidentStore.save` returns.

One worker thread owns the database, so records are written in the order in which they were handed over.
Saves that wait while the disk works are written together in one transaction, only the newest version of
each incident: many calls share one disk flush, and the queue never holds more than one record per live call.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any, Self, TypeVar

import sqlalchemy as sa
import structlog
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from voicebot import metrics
from voicebot.errors import SetupError
from voicebot.incidents import callbacks
from voicebot.incidents.callbacks import Callback, Taken
from voicebot.incidents.database import Database, incidents, open_database
from voicebot.incidents.model import LIVE_STATES, Incident, State

_log = structlog.get_logger(__name__)
_MAX_UNSAVED = 2000  # about 20 MB of records while the disk refuses them

Row = dict[str, Any]
Answer = TypeVar("Answer")


class IncidentStore:
    """Keeps incident records; made by `open`, used from one event loop."""

    def __init__(self, database: Database, executor: ThreadPoolExecutor) -> None:
        self._database = database
        self._executor = executor
        self._lock = threading.Lock()
        self._waiting: dict[str, Incident] = {}
        self._batch: Future[bool] | None = None
        self._unsaved: dict[str, Incident] = {}
        self.interrupted: tuple[str, ...] = ()
        """Ids of the incidents that a crash had cut off, marked ``interrupted`` when the store was opened."""

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open the database at the SQLAlchemy ``url``; raises `SetupError`.

        Records that a crash left in a live state become ``interrupted``; nothing else in them changes.
        """
        executor = ThreadPoolExecutor(1, thread_name_prefix="incidents")
        loop = asyncio.get_running_loop()
        try:
            database = await loop.run_in_executor(executor, open_database, url)
        except SetupError:
            executor.shutdown(wait=False)
            raise
        store = cls(database, executor)
        try:
            store.interrupted = await loop.run_in_executor(executor, store._mark_interrupted)
            await store._in_transaction(store._count_callbacks)
        except SQLAlchemyError as error:
            await store.close()
            message = f"store.url {url!r} can be read but not be written: {error}."
            raise SetupError(message) from error
        if store.interrupted:
            _log.warning("incidents_interrupted", incidents=store.interrupted)
        return store

    async def save(self, incident: Incident) -> bool:
        """Keep this version of the record; True when it is on disk.

        False means that the disk or the database refused: this is logged and counted, the call goes on, and
        the record is tried again with the next save of any call. Cancellation leaves the write under way.
        """
        with self._lock:
            self._waiting[incident.id] = incident
            if self._batch is None:
                try:
                    self._batch = self._executor.submit(self._write_waiting)
                except RuntimeError:
                    metrics.STORE_FAILURES.inc()
                    _log.error("incident_not_saved", incident=incident.id, why="the store is closed")
                    return False
            batch = self._batch
        with metrics.STORE_SECONDS.time():
            return await asyncio.shield(asyncio.wrap_future(batch))

    async def get(self, incident_id: str) -> Incident | None:
        """Return the newest saved version of a record, None when there is none of this id."""
        statement = sa.select(incidents.c.document).where(incidents.c.id == incident_id)
        found = await self._select(statement)
        return found[0] if found else None

    async def list(self, limit: int = 100, *, state: State | None = None) -> Sequence[Incident]:
        """Return up to ``limit`` records, those opened last first, of one state or of all."""
        statement = sa.select(incidents.c.document).order_by(
            incidents.c.opened_at.desc(), incidents.c.id.desc()
        )
        if state is not None:
            statement = statement.where(incidents.c.state == state)
        return await self._select(statement.limit(limit))

    async def previous_call(self, incident: Incident, since: datetime) -> Incident | None:
        """Return the last call of the same caller that was opened since then and that no human has closed.

        None when there is none, when this caller withheld the number, or when the database refuses.
        """
        number = callbacks.matched_number(incident)
        if number is None:
            return None
        try:
            document = await self._in_transaction(
                lambda connection: callbacks.previous_document(connection, number, since, incident.id)
            )
        except SQLAlchemyError as error:
            _log.error("earlier_call_not_read", incident=incident.id, why=str(error))
            return None
        found = _readable(() if document is None else (document,))
        return found[0] if found else None

    async def callbacks(self, *, closed: bool = False) -> Sequence[Callback]:
        """Return who has to be rung back, the most urgent first; or the closed entries, newest first."""
        return await self._in_transaction(lambda connection: callbacks.entries(connection, closed=closed))

    async def claim_callback(self, incident_id: str, by: str, at: datetime) -> Callback | Taken | None:
        """Give an entry of the callback list to a human; `Taken` when it is another's, None: no entry.

        On disk when it returns; raises `SQLAlchemyError` when the database refuses.
        """
        return await self._in_transaction(lambda connection: callbacks.claim(connection, incident_id, by, at))

    async def close_callback(
        self, incident_id: str, by: str, note: str, at: datetime
    ) -> Callback | Taken | None:
        """Close an entry of the callback list and the records of its lost calls, as a human asks.

        On disk when it returns; raises `SQLAlchemyError` when the database refuses.
        """

        def close(connection: sa.Connection) -> Callback | Taken | None:
            closed = callbacks.close(connection, incident_id, by, note, at)
            self._count_callbacks(connection)
            return closed

        return await self._in_transaction(close)

    async def close(self) -> None:
        """Write what is waiting, then close the database. Cancellation leaves it closing."""
        self._executor.submit(self._close)
        await asyncio.to_thread(self._executor.shutdown)

    async def _select(self, statement: sa.Select[str]) -> Sequence[Incident]:
        return _readable(await self._in_transaction(lambda connection: connection.scalars(statement).all()))

    async def _in_transaction(self, work: Callable[[sa.Connection], Answer]) -> Answer:
        """Run ``work`` in a transaction of its own in the store's thread."""

        def run() -> Answer:
            with self._database.engine.begin() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._executor, run)

    def _write_waiting(self) -> bool:
        with self._lock:
            rows = self._unsaved | self._waiting
            self._waiting, self._batch = {}, None
        try:
            self._write(rows.values())
        except SQLAlchemyError as error:
            metrics.STORE_FAILURES.inc(len(rows))
            kept = list(rows)[-_MAX_UNSAVED:]
            dropped = [incident for incident in rows if incident not in set(kept)]
            self._unsaved = {incident: rows[incident] for incident in kept}
            _log.error("incidents_not_saved", incidents=list(rows), dropped=dropped, why=str(error))
            return False
        self._unsaved = {}
        return True

    def _write(self, records: Iterable[Incident]) -> None:
        with self._database.engine.begin() as connection:
            listed = False
            for record in records:
                row = _row(record)
                changed = connection.execute(
                    incidents.update().where(incidents.c.id == row["id"]).values(row)
                )
                if changed.rowcount == 0:
                    connection.execute(incidents.insert().values(row))
                listed |= callbacks.note_call(connection, record, new=changed.rowcount == 0)
            if listed:
                self._count_callbacks(connection)

    def _count_callbacks(self, connection: sa.Connection) -> None:
        for level, count in callbacks.counts(connection).items():
            metrics.OPEN_CALLBACKS.labels(level).set(count)

    def _mark_interrupted(self) -> tuple[str, ...]:
        with self._database.engine.connect() as connection:
            live = sa.select(incidents.c.document).where(incidents.c.state.in_(LIVE_STATES))
            documents = list(connection.scalars(live))
        cut_off = [incident.changed(state="interrupted") for incident in _readable(documents)]
        self._write(cut_off)
        return tuple(incident.id for incident in cut_off)

    def _close(self) -> None:
        if self._unsaved:
            self._write_waiting()
        self._database.close()


def _row(incident: Incident) -> Row:
    document = incident.model_dump_json()
    opened_at = incident.model_dump(mode="json", include={"opened_at"})["opened_at"]
    return {
        "id": incident.id,
        "call_id": incident.call_id,
        "opened_at": opened_at,
        "state": incident.state,
        "document": document,
    }


def _readable(documents: Iterable[str]) -> list[Incident]:
    found = []
    for document in documents:
        try:
            found.append(Incident.model_validate_json(document))
        except ValidationError as error:
            _log.error("incident_unreadable", begins=document[:40], mistakes=error.error_count())
    return found
