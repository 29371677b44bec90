"""How late the event loop wakes up, the first sign of saturation, for the metrics."""

from __future__ import annotations

import asyncio

from voicebot import metrics

_INTERVAL_S = 0.25
"""A stall of s seconds is seen with the chance s / interval, so four looks a second miss none that a caller
would hear, and cost nothing."""


async def watch_loop_lag() -> None:
    """Observe until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _INTERVAL_S
        await asyncio.sleep(_INTERVAL_S)
        metrics.LOOP_LAG_SECONDS.observe(max(0.0, loop.time() - due))
