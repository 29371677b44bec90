import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from voicebot import metrics
from voicebot.errors import SetupError
from voicebot.incidents import Incident, IncidentStore, Utterance

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def incident(number: int = 0, **parts: object) -> Incident:
    return Incident(call_id=f"c{number}", opened_at=START + timedelta(seconds=number)).changed(**parts)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "below" / "voicebot.db"


@pytest.fixture
async def store(file: Path) -> AsyncIterator[IncidentStore]:
    store = await IncidentStore.open(f"sqlite:///{file}")
    yield store
    await store.close()


def documents(file: Path) -> list[str]:
    """Read the file as another program would."""
    connection = sqlite3.connect(file)
    try:
        return [row[0] for row in connection.execute("SELECT document FROM incidents ORDER BY opened_at")]
    finally:
        connection.close()


async def test_saved_means_on_disk(store: IncidentStore, file: Path) -> None:
    """Another process sees the record as soon as save returns."""
    saved = incident()
    assert await store.save(saved)
    assert documents(file) == [saved.model_dump_json()]


async def test_only_its_user_may_read_the_database(store: IncidentStore, file: Path) -> None:
    """Callers' words are personal: no file of the database is open to others."""
    await store.save(incident())
    modes = {
        each.name: each.stat().st_mode & 0o077
        for each in file.parent.glob("voicebot.db*")
        if each.stat().st_size
    }
    assert set(modes) >= {"voicebot.db", "voicebot.db-wal"}
    assert not any(modes.values())


async def test_the_newest_version_wins(store: IncidentStore, file: Path) -> None:
    """Many versions handed over at once leave the last one, in one row."""
    versions = [incident(1)]
    for index in range(20):
        versions.append(
            versions[-1].said(Utterance(speaker="caller", text=str(index), start_ms=index, end_ms=index))
        )
    assert all(await asyncio.gather(*map(store.save, versions)))
    assert documents(file) == [versions[-1].model_dump_json()]


async def test_lists_newest_first(store: IncidentStore) -> None:
    """The console shows the call that came last on top, and no more than it asked for."""
    for number in range(5):
        await store.save(incident(number, state="reported" if number % 2 else "open"))
    assert [each.call_id for each in await store.list(3)] == ["c4", "c3", "c2"]
    assert [each.call_id for each in await store.list(state="reported")] == ["c3", "c1"]


async def test_gets_by_id_or_none(store: IncidentStore) -> None:
    """An id that was never saved is a None, not an error."""
    saved = incident()
    await store.save(saved)
    assert await store.get(saved.id) == saved
    assert await store.get("i00000000") is None


async def test_a_crash_leaves_live_records_interrupted(file: Path) -> None:
    """What a dead process left open is marked at the next start, and nothing else in it changes."""
    store = await IncidentStore.open(f"sqlite:///{file}")
    live, done = incident(1, state="transferring", flags=("trapped",)), incident(2, state="connected")
    await store.save(live)
    await store.save(done)
    await store.close()
    again = await IncidentStore.open(f"sqlite:///{file}")
    try:
        assert again.interrupted == (live.id,)
        assert await again.get(live.id) == live.changed(state="interrupted")
        assert await again.get(done.id) == done
    finally:
        await again.close()


async def test_a_failed_save_is_a_value_and_is_made_good(
    store: IncidentStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk does not raise into the call; the record is written when the disk is back."""
    with monkeypatch.context() as full_disk:
        full_disk.setattr(store, "_write", lambda rows: _disk_full())
        before = metrics.STORE_FAILURES._value.get()
        lost = incident(1)
        assert await store.save(lost) is False
        assert metrics.STORE_FAILURES._value.get() == before + 1
    other = incident(2)
    assert await store.save(other)
    assert documents(file) == [lost.model_dump_json(), other.model_dump_json()]


async def test_close_writes_what_could_not_be_written_before(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last word of the last call is tried once more at the end."""
    store = await IncidentStore.open(f"sqlite:///{file}")
    with monkeypatch.context() as full_disk:
        full_disk.setattr(store, "_write", lambda rows: _disk_full())
        assert await store.save(incident()) is False
    await store.close()
    assert len(documents(file)) == 1


async def test_a_save_after_close_is_a_value(file: Path) -> None:
    """A call that ends after the store does not crash the shutdown."""
    store = await IncidentStore.open(f"sqlite:///{file}")
    await store.close()
    assert await store.save(incident()) is False


async def test_a_cancelled_save_is_still_written(store: IncidentStore, file: Path) -> None:
    """Cancelling the one who waits does not cancel the record, nor those of others in the same batch."""
    mine, other = incident(1), incident(2)
    task = asyncio.create_task(store.save(mine))
    await asyncio.sleep(0)
    task.cancel()
    assert await store.save(other)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert documents(file) == [mine.model_dump_json(), other.model_dump_json()]


async def test_two_processes_do_not_share_a_database(store: IncidentStore, file: Path) -> None:
    """A second start would mark the live calls of the first as interrupted; it is refused."""
    with pytest.raises(SetupError, match=r"voicebot.db is in use by another voicebot"):
        await IncidentStore.open(f"sqlite:///{file}")


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """A damaged file gets a sentence that names it and tells what to do."""
    (tmp_path / "x.db").write_bytes(b"this is not a database, not at all" * 100)
    with pytest.raises(SetupError, match=r"x\.db is damaged or is not a SQLite database; move it aside"):
        await IncidentStore.open(f"sqlite:///{tmp_path}/x.db")


async def test_damage_in_the_middle_is_found(file: Path) -> None:
    """Damage beyond the header is found at start, not in a call."""
    store = await IncidentStore.open(f"sqlite:///{file}")
    await asyncio.gather(*(store.save(incident(number, flags=("x" * 500,))) for number in range(200)))
    await store.close()
    content = bytearray(file.read_bytes())
    content[8192:-4096] = b"\xee" * (len(content) - 12288)
    file.write_bytes(content)
    with pytest.raises(SetupError, match="is damaged"):
        await IncidentStore.open(f"sqlite:///{file}")


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A path through a file gets a sentence."""
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match=r"store.url: .*file/x.db cannot be used"):
        await IncidentStore.open(f"sqlite:///{tmp_path}/file/x.db")


async def test_a_schema_of_the_future_is_refused(file: Path) -> None:
    """An older program does not write into newer records."""
    store = await IncidentStore.open(f"sqlite:///{file}")
    await store.close()
    connection = sqlite3.connect(file)
    connection.execute("UPDATE schema_version SET version = 99")
    connection.commit()
    connection.close()
    with pytest.raises(SetupError, match="schema 99"):
        await IncidentStore.open(f"sqlite:///{file}")


@pytest.mark.parametrize("url", ["oracle+nothing://x/y", "mydb://x"])
async def test_an_unknown_kind_of_database_is_refused(url: str) -> None:
    """A database without a driver here gets a sentence."""
    with pytest.raises(SetupError, match="names no database that is installed here"):
        await IncidentStore.open(url)


async def test_an_unreadable_record_does_not_hide_the_others(store: IncidentStore, file: Path) -> None:
    """One row that cannot be read is left out of the list."""
    await store.save(incident(1))
    connection = sqlite3.connect(file)
    connection.execute("INSERT INTO incidents VALUES ('i1', 'c', '2027', 'open', '{}')")
    connection.commit()
    connection.close()
    assert [each.call_id for each in await store.list()] == ["c1"]


def _disk_full() -> None:
    message = "database or disk is full"
    raise sa_error(message)


def sa_error(message: str) -> Exception:
    from sqlalchemy.exc import OperationalError

    return OperationalError("INSERT", {}, sqlite3.OperationalError(message))
