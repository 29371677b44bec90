"""The location that an INVITE carries reaches the console and the record, by sipp."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.calls.site import Site
from tests.integration.phones import SDP_ALAW, Script, Sipp
from tests.unit.understanding.places.test_pidf import CIRCLE, CIVIC, document


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        (
            CIRCLE,
            {
                "lat": 37.5006,
                "lon": 127.0364,
                "uncertainty_m": 250.0,
                "method": "Cell",
                "near_dong": "역삼동",
            },
        ),
        (
            CIVIC,
            {"lat": None, "address": "강남구 역삼동 테헤란로 152", "near_gu": "강남구", "method": "Cell"},
        ),
    ],
    ids=["circle", "civic"],
)
async def test_a_location_by_value_is_shown_beside_the_words(
    tmp_path: Path, shape: str, told: dict[str, Any]
) -> None:
    """RFC 6442: a PIDF-LO in a multipart body, while the call runs and in the record after it."""
    body = (
        f"--b\nContent-Type: application/sdp\n\n{SDP_ALAW.format(direction='sendrecv')}\n"
        f"--b\nContent-Type: application/pidf+xml\nContent-ID: <here@phone>\n\n{document(shape, 'Cell')}\n--b--\n"
    )
    call = Script().invite(
        "Geolocation: <cid:here@phone>\n", content_type="multipart/mixed;boundary=b", body=body
    )
    call = call.expect(100, optional=True).expect(200).ack().await_cue().bye()
    async with Site(tmp_path) as site, await Sipp.start(tmp_path, call, target_port=site.port) as phone:
        live = (await site.until(site.calls))[0]["network_location"]
        await phone.cue()
        await phone.wait()
        await site.until_quiet()
        kept = (await site.until_state("abandoned"))["network_location"]
    for found in (live, kept):
        assert {key: found[key] for key in told} == told
        assert found["at"] == "2026-11-22T09:00:00Z"
        assert found["conflict"] is False
