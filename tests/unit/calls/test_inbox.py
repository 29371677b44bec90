"""The queue of a call: bounded, and yet nobody's end is lost."""

from voicebot import control
from voicebot.calls.inbox import Inbox


def key(digit: str) -> control.KeyPressed:
    """A key of the caller."""
    return control.KeyPressed(leg="L0.a", key=digit)


def test_a_flood_is_cut_and_the_callers_end_still_gets_in() -> None:
    """Keys beyond the bound are dropped, the newest ones; the end of the leg is behind those that came first."""
    inbox: Inbox[control.Event] = Inbox(3, (control.KeyPressed,))
    ended = control.LegEnded(leg="L0.a", code=200, reason="", by_remote=True)
    for digit in "12345":
        inbox.put(key(digit))
    inbox.put(ended)
    assert inbox.left() == [key("1"), key("2"), key("3"), ended]
    assert inbox.left() == []


async def test_events_come_in_their_order_and_room_is_room_again() -> None:
    """What was dropped is gone; what comes later is taken."""
    inbox: Inbox[control.Event] = Inbox(1, (control.KeyPressed,))
    inbox.put(key("1"))
    inbox.put(key("2"))
    assert await inbox.get() == key("1")
    inbox.put(key("3"))
    assert await inbox.get() == key("3")
