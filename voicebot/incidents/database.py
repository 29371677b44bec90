"""The database behind the store: its tables, how it is opened, and what is wrong with it if it cannot be.

One process at a time may hold a SQLite database; the others are told so. Everything here blocks.
"""

from __future__ import annotations

import fcntl
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, SQLAlchemyError

from voicebot.errors import SetupError

SCHEMA_VERSION = 1
"""Counted up when a program that knows the tables of before can no longer use them."""
_CHECKED_WHOLE_BYTES = 64 << 20  # a larger file is not read through at start: callers are waiting

_metadata = sa.MetaData()
schema_version = sa.Table("schema_version", _metadata, sa.Column("version", sa.Integer, nullable=False))
incidents = sa.Table(
    "incidents",
    _metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("call_id", sa.String(64), nullable=False, index=True),
    sa.Column("opened_at", sa.String(32), nullable=False, index=True),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("document", sa.Text, nullable=False),
)
"""One row per incident; the columns beside ``document`` repeat what is searched for."""
callers = sa.Table(
    "callers",
    _metadata,
    sa.Column("incident_id", sa.String(32), primary_key=True),
    sa.Column("root", sa.String(32), nullable=False, index=True),
    sa.Column("number", sa.String(64), nullable=False, index=True),
    sa.Column("opened_at", sa.String(32), nullable=False),
)
"""The number of each call that did not withhold it, and the incident that the call belongs to."""
callbacks = sa.Table(
    "callbacks",
    _metadata,
    sa.Column("incident_id", sa.String(32), primary_key=True),
    sa.Column("last_id", sa.String(32), nullable=False),
    sa.Column("last_opened_at", sa.String(32), nullable=False),
    sa.Column("lost_id", sa.String(32), nullable=False),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("number", sa.String(64)),
    sa.Column("urgency", sa.String(16), nullable=False),
    sa.Column("why", sa.String(32), nullable=False),
    sa.Column("last_words", sa.Text),
    sa.Column("left_at", sa.String(32), nullable=False),
    sa.Column("claimed_by", sa.String(64)),
    sa.Column("claimed_at", sa.String(32)),
    sa.Column("closed_by", sa.String(64)),
    sa.Column("closed_at", sa.String(32), index=True),
    sa.Column("note", sa.Text),
)
"""One row per incident whose caller was lost, open until ``closed_at``. A table more changes nothing for a
program that does not know it, so the schema's number stays."""


@dataclass
class Database:
    """An open database, its schema checked."""

    engine: sa.Engine
    lock: IO[str] | None

    def close(self) -> None:
        """Close connections and let other processes have it."""
        self.engine.dispose()
        if self.lock is not None:
            self.lock.close()


def open_database(url: str) -> Database:
    """Open (and make, if need be) the database; raises `SetupError` with the remedy."""
    engine = _engine(url)
    path = _file(engine)
    lock = _locked(path) if path is not None else None
    try:
        if path is not None:
            _check_file(engine, path)
        _check_schema(engine, url)
    except SQLAlchemyError as error:
        engine.dispose()
        if lock is not None:
            lock.close()
        raise SetupError(_sentence(url, path, error)) from error
    except SetupError:
        engine.dispose()
        if lock is not None:
            lock.close()
        raise
    return Database(engine, lock)


def _engine(url: str) -> sa.Engine:
    try:
        if sa.make_url(url).get_backend_name() != "sqlite":
            return sa.create_engine(url, pool_size=1, max_overflow=0, pool_pre_ping=True)
        engine = sa.create_engine(
            url, poolclass=sa.StaticPool, connect_args={"check_same_thread": False, "timeout": 5.0}
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        message = f"store.url {url!r} names no database that is installed here ({error}); use sqlite:///FILE."
        raise SetupError(message) from error
    sa.event.listen(engine, "connect", _make_durable)
    return engine


def _make_durable(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # a commit is on disk when it returns
    cursor.close()


def _file(engine: sa.Engine) -> Path | None:
    name = engine.url.database
    if engine.dialect.name != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def _locked(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # callers' words are for this user only; SQLite's side files copy the mode
        lock = Path(f"{path}.lock").open("a", encoding="ascii")  # noqa: SIM115  held while the store is open
    except OSError as error:
        message = (
            f"store.url: {path} cannot be used: {error.strerror}; name a folder that voicebot may write to."
        )
        raise SetupError(message) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        message = (
            f"store.url: {path} is in use by another voicebot; stop it, or give this one a file of its own."
        )
        raise SetupError(message) from None
    return lock


def _check_file(engine: sa.Engine, path: Path) -> None:
    with engine.connect() as connection:
        if path.stat().st_size > _CHECKED_WHOLE_BYTES:
            return
        result = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if result != "ok":
        message = f"{_damaged(path)} ({' '.join(str(result).split())})."
        raise SetupError(message)


def _check_schema(engine: sa.Engine, url: str) -> None:
    with engine.begin() as connection:
        _metadata.create_all(connection)
        version = connection.scalar(sa.select(schema_version.c.version))
        if version is None:
            connection.execute(schema_version.insert().values(version=SCHEMA_VERSION))
        elif version != SCHEMA_VERSION:
            message = (
                f"store.url {url!r} holds records of schema {version}, this voicebot knows schema "
                f"{SCHEMA_VERSION}; run the version of voicebot that wrote them, or name another database."
            )
            raise SetupError(message)


def _damaged(path: Path) -> str:
    return (
        f"store.url: {path} is damaged or is not a SQLite database; move it aside, voicebot starts a new "
        "one, and restore its records from a backup"
    )


def _sentence(url: str, path: Path | None, error: SQLAlchemyError) -> str:
    reason = " ".join(str(getattr(error, "orig", None) or error).split())
    if path is None:
        return f"store.url {url!r} cannot be opened: {reason}."
    if isinstance(error, DatabaseError) and ("malformed" in reason or "not a database" in reason):
        return f"{_damaged(path)}."
    return (
        f"store.url: {path} cannot be opened: {reason}; voicebot must be able to write to it and its folder."
    )
