"""What the INVITE to an operator tells."""

import pytest

from voicebot.operators.invite_headers import CallContext, user_to_user
from voicebot.vocabulary.urgency import Urgency

CONTEXT = CallContext(
    incident="i7k2m9q4x1",
    own_uri='"119" <sip:119@10.1.2.3:5060;user=phone>',
    number="+82 2 119",
    diversion=("<sip:desk1@pbx>;reason=no-answer",),
    console_url="https://console.example/incidents/",
    group="fire",
)


def test_all_that_is_known_has_its_standard_header() -> None:
    """Incident, referrer, priority, console, number and diversion; the host is that of the called URI."""
    assert dict(CONTEXT.headers("urgent")) == {
        "X-Voicebot-Incident": "i7k2m9q4x1",
        "User-to-User": "0469376b326d3971347831;encoding=hex",
        "Referred-By": "<sip:119@10.1.2.3:5060>",
        "Resource-Priority": "esnet.4",
        "X-Voicebot-Group": "fire",
        "Call-Info": "<https://console.example/incidents/i7k2m9q4x1>;purpose=info",
        "P-Asserted-Identity": "<sip:+82%202%20119@10.1.2.3:5060>",
        "Diversion": "<sip:desk1@pbx>;reason=no-answer",
    }


def test_user_to_user_holds_the_incident_and_nothing_else() -> None:
    """The receiver reads the id back from the hexadecimal digits (RFC 7433)."""
    digits, _, parameter = user_to_user("i7k2m9q4x1").partition(";")
    assert parameter == "encoding=hex"
    assert bytes.fromhex(digits) == b"\x04i7k2m9q4x1"


@pytest.mark.parametrize(
    ("urgency", "priority"),
    [("urgent", "esnet.4"), ("unknown", "esnet.3"), ("potential", "esnet.1"), ("non_urgent", "esnet.0")],
)
def test_priority_follows_urgency(urgency: Urgency, priority: str) -> None:
    """Unknown comes right after urgent."""
    assert ("Resource-Priority", priority) in CONTEXT.headers(urgency)


def test_what_is_not_known_is_left_out() -> None:
    """A withheld number, no console and no group make no empty headers."""
    names = [name for name, _ in CallContext("i1", "sip:119@pbx").headers("urgent")]
    assert names == ["X-Voicebot-Incident", "User-to-User", "Referred-By", "Resource-Priority"]


def test_what_the_caller_sends_cannot_break_the_invite() -> None:
    """Line breaks, other scripts, long and many values are cut: the line refuses a call that has them."""
    hostile = CallContext(
        "i1",
        "nonsense",
        number='1"\r\nX: y',
        diversion=("<sip:a@b>\r\nX: y", "<sip:가@b>", "x" * 900, *["<sip:c@d>"] * 50),
    )
    headers = hostile.headers("urgent")
    assert all(value.isascii() and value.isprintable() for _, value in headers)
    assert sum(len(name) + len(value) + 4 for name, value in headers) < 1500
    assert sum(name == "Diversion" for name, _ in headers) == 3
    assert ("Referred-By", "<sip:119@anonymous.invalid>") in headers
