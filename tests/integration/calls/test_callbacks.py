"""Callers who are lost over real SIP: on the callback list, and known when they call again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.integration.calls.site import Site, speech
from tests.integration.phones import HOST, Baresip, Script, Sipp

NUMBER = "01012345678"
WORDS = "역삼동 테헤란로 백오십이 건물에 불이 났어요 안에 사람이 갇혀 있어요"


async def test_a_caller_who_hung_up_is_listed_and_goes_on_when_he_calls_again(tmp_path: Path) -> None:
    """Urgent words, then he is gone while a desk rings: listed. His second call rings it without a word."""
    desk = Script(caller=False).take("INVITE").reply("180 Ringing").take("CANCEL").reply_to_cancel()
    says = np.concatenate([np.zeros(4000, np.int16), await speech(tmp_path, WORDS)])
    async with (
        await Sipp.start(tmp_path / "desk", desk, calls=2) as phone,
        Site(tmp_path, [f"sip:desk@{HOST}:{phone.port}"]) as site,
        await Baresip.start(tmp_path / "first", says, user=NUMBER) as first_phone,
        await Baresip.start(tmp_path / "second", np.zeros(0, np.int16), user=NUMBER) as second_phone,
    ):

        async def ringing() -> bool:
            return any(each["transfer"]["phase"] == "ringing" for each in await site.calls())

        await first_phone.command("dial", site.uri)
        await site.until(ringing)
        await first_phone.command("hangup")
        await site.until_quiet()
        first = await site.incident()
        (entry,) = await site.get("/api/callbacks")
        assert (entry["incident_id"], entry["number"]) == (first["id"], NUMBER)
        assert (entry["urgency"], entry["why"]) == ("urgent", "left_in_transfer")
        assert entry["last_words"]
        assert 'voicebot_open_callbacks{urgency="urgent"} 1.0' in await site.text("/metrics")

        await second_phone.command("dial", site.uri)
        await site.until(ringing)
        (live,) = await site.calls()
        assert not [each for each in live["transcript"] if each["speaker"] == "caller"]
        assert live["continues"] == first["id"]
        assert live["urgency"]["level"] == "urgent"
        assert live["earlier"]["last_words"] == entry["last_words"]
        assert live["location"]["text"] == first["location"]["text"]
        await second_phone.command("hangup")
        await site.until_quiet()
        (entry,) = await site.get("/api/callbacks")
        assert (entry["incident_id"], entry["calls"]) == (first["id"], 2)
        assert (await site.incident())["continues"] == first["id"]
        await phone.wait()
