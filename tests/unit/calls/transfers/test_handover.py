"""A call on its way to a human: what operator, caller and record get, with a line process that is a list."""

from pathlib import Path
from typing import Any

from tests.fakes.switchboard import ListSite, running
from voicebot import control, metrics
from voicebot.incidents import Incident


def record(site: ListSite) -> Incident:
    """Return the one record."""
    (found,) = site.records.saved.values()
    return found


async def asks_for_a_human(site: ListSite, leg: str = "L0.a") -> control.Dial:
    """Let a caller press 0; returns what was dialled."""
    await site.offer(leg, 0)
    await site.until(lambda: site.lines.of(control.Play, leg))
    site.lines.events.put_nowait(control.KeyPressed(leg=leg, key="0"))
    return await dialled(site, 0)


async def dialled(site: ListSite, number: int) -> control.Dial:
    """Wait until so many phones and one more were called; returns the last."""
    await site.until(lambda: len(site.lines.of(control.Dial)) > number)
    found: control.Dial = site.lines.of(control.Dial)[number]
    return found


async def accepts(site: ListSite, dial: control.Dial, caller: str = "L0.a") -> None:
    """Let the operator pick up and press 1, and audio pass both ways."""
    bridges = len(site.lines.of(control.Bridge))
    tell = site.lines.events.put_nowait
    tell(control.LegAnswered(leg=dial.leg, slot=2))
    await site.until(lambda: site.lines.of(control.Play, dial.leg))
    tell(control.KeyPressed(leg=dial.leg, key="1"))
    await site.until(lambda: len(site.lines.of(control.Bridge)) > bridges)
    tell(control.BridgeProven(leg=caller, other=dial.leg))
    await site.until(lambda: record(site).state == "connected")


def end(leg: str, code: int = 200) -> control.LegEnded:
    """A leg that the other side ended."""
    return control.LegEnded(leg=leg, code=code, reason="", by_remote=True)


def attempts(site: ListSite) -> list[tuple[str, str, int | None]]:
    """Return the attempts of the record."""
    return [(each.operator, each.outcome, each.code) for each in record(site).transfer.attempts]


async def test_the_phone_rings_before_the_caller_is_told(tmp_path: Path) -> None:
    """No prompt has to be made before the operator is dialled, and the time to the ringing desk is measured."""
    rung: Any = metrics.REGISTRY.get_sample_value
    before = rung("voicebot_urgent_ringing_seconds_count")
    async with running(tmp_path) as site:
        dial = await asks_for_a_human(site)
        playing = [each for each in site.lines.sent if isinstance(each, control.Play)]
        said_later = site.lines.sent.index(playing[-1]) < site.lines.sent.index(dial)
        assert said_later, "the sentence about the operator came first"
        site.lines.events.put_nowait(control.LegRinging(leg=dial.leg, code=180))
        await site.until(lambda: rung("voicebot_urgent_ringing_seconds_count") == before + 1)
        assert dial.from_number == "010"
        assert dict(dial.headers)["X-Voicebot-Incident"] == record(site).id
        assert dict(dial.headers)["Resource-Priority"] == "esnet.3"


async def test_a_desk_that_comes_free_takes_a_caller_who_is_back_with_the_bot(tmp_path: Path) -> None:
    """Busy first; the caller is told; the next round reaches the desk and the record has both attempts."""
    async with running(tmp_path) as site:
        site.lines.events.put_nowait(end((await asks_for_a_human(site)).leg, 486))
        await site.until(lambda: record(site).transfer.attempts)
        await accepts(site, await dialled(site, 1))
        assert attempts(site) == [("desk1", "busy", 486), ("desk1", "connected", None)]
        assert record(site).transfer.outcome == "connected"
        before = len(site.lines.of(control.Play, "L0.a"))
        site.lines.events.put_nowait(control.KeyPressed(leg="L0.a", key="0"))
        site.lines.events.put_nowait(end("L0.a"))
        await site.until(lambda: not site.switchboard.calls())
        assert len(site.lines.of(control.Play, "L0.a")) == before, "the bot spoke into the talk"
        assert record(site).state == "connected"


async def test_a_caller_whose_operator_has_gone_hears_it_and_is_rung_for_again(tmp_path: Path) -> None:
    """After a goodbye the record stays served; after a lost leg the caller still needs a human."""
    for code, states in ((200, {"connected"}), (408, {"transferring", "open"})):
        folder = tmp_path / str(code)
        folder.mkdir()
        async with running(folder) as site:
            dial = await asks_for_a_human(site)
            await accepts(site, dial)
            before = len(site.lines.of(control.Play, "L0.a"))
            site.lines.events.put_nowait(end(dial.leg, code))
            await site.until(lambda site=site, n=before: len(site.lines.of(control.Play, "L0.a")) > n)  # type: ignore[misc]
            assert record(site).state in states
            await dialled(site, 1)
            assert attempts(site)[1] == ("desk1", "operator_left", code)


async def test_a_caller_who_leaves_before_the_proof_is_to_be_rung_back(tmp_path: Path) -> None:
    """The record is abandoned in the transfer, not connected; the operator is told and hung up."""
    async with running(tmp_path) as site:
        dial = await asks_for_a_human(site)
        site.lines.events.put_nowait(control.LegAnswered(leg=dial.leg, slot=2))
        await site.until(lambda: site.lines.of(control.Play, dial.leg))
        site.lines.events.put_nowait(end("L0.a"))
        await site.until(lambda: not site.switchboard.calls())
        assert (record(site).state, record(site).transfer.outcome) == ("abandoned", "caller_left")
        assert site.lines.of(control.Play, dial.leg)[-1].play_id == "farewell"
        heard = control.Played(leg=dial.leg, play_id="farewell", heard_ms=900, finished=True)
        site.lines.events.put_nowait(heard)
        await site.until(lambda: site.lines.of(control.HangUp, dial.leg))


async def test_a_caller_who_arrives_at_the_fallback_is_diverted(tmp_path: Path) -> None:
    """Even if his leg ends before the news of the 2xx is read."""
    async with running(tmp_path, fallback="sip:hotline@127.0.0.1") as site:
        site.lines.events.put_nowait(end((await asks_for_a_human(site)).leg, 486))
        await site.until(lambda: site.lines.of(control.Refer, "L0.a"))
        site.lines.events.put_nowait(control.ReferProgress(leg="L0.a", code=200, final=True))
        site.lines.events.put_nowait(end("L0.a"))
        await site.until(lambda: not site.switchboard.calls())
        assert (record(site).state, record(site).transfer.outcome) == ("diverted", "busy")
        assert attempts(site)[-1] == ("fallback", "connected", 200)


async def test_a_bridge_without_audio_is_followed_by_a_sentence(tmp_path: Path) -> None:
    """The operator's leg breaks before anything was heard: the caller is told that the search goes on."""
    async with running(tmp_path) as site:
        dial = await asks_for_a_human(site)
        site.lines.events.put_nowait(control.LegAnswered(leg=dial.leg, slot=2))
        site.lines.events.put_nowait(control.KeyPressed(leg=dial.leg, key="1"))
        await site.until(lambda: site.lines.of(control.Bridge))
        before = len(site.lines.of(control.Play, "L0.a"))
        site.lines.events.put_nowait(end(dial.leg))
        await site.until(lambda: len(site.lines.of(control.Play, "L0.a")) > before)
        assert attempts(site)[0] == ("desk1", "operator_left", 200)


async def test_the_screen_accepts_for_an_operator_who_is_rung(tmp_path: Path) -> None:
    """His phone is joined as soon as he picks it up."""
    async with running(tmp_path) as site:
        dial = await asks_for_a_human(site)
        (call,) = site.switchboard.calls()
        assert site.switchboard.on_screen(call["call_id"], "desk1", accepted=True)
        assert not site.switchboard.on_screen("c-other", "desk1", accepted=True)
        site.lines.events.put_nowait(control.LegAnswered(leg=dial.leg, slot=2))
        await site.until(lambda: site.lines.of(control.Bridge))
        assert not site.lines.of(control.Play, dial.leg)
