"""Taking a SIP message apart."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voicebot.sip.rules.message import read_headers, split_list


@given(st.lists(st.text(alphabet='ab;="<>', min_size=1, max_size=8), max_size=5))
def test_splitting_loses_nothing_but_commas(parts: list[str]) -> None:
    """Joined again, the parts of a list are the list without its spaces at the edges."""
    value = ",".join(parts)
    assert ",".join(split_list(value)).replace(",", "") == value.replace(",", "")


def test_headers_without_a_colon_are_left_out() -> None:
    """A line that is no header does not disturb its neighbours."""
    assert read_headers("INVITE\r\nnonsense\r\n: empty\r\nTo: x") == {"to": ["x"]}
