"""The location of an INVITE beside the caller's words."""

from tests.unit.understanding.places.test_pidf import CIRCLE, CIVIC, document
from voicebot.calls.network_location import NetworkFix
from voicebot.control import Overflow
from voicebot.understanding import Location
from voicebot.understanding.places.gazetteer import load_gazetteer

GAZETTEER = load_gazetteer()
PIDF = "application/pidf+xml"


def test_an_invite_without_a_location_has_none() -> None:
    """Most PBXs tell nothing, and the record says so."""
    assert NetworkFix(Overflow(), GAZETTEER).beside(None) is None


def test_a_conflict_with_the_words_is_shown_and_nothing_is_chosen() -> None:
    """The phone is in Yeoksam-dong, the caller names Chang-dong: both stand in the record."""
    overflow = Overflow(geolocation=("<cid:a@b>",), body_parts=((PIDF, document(CIRCLE, "Cell")),))
    fix = NetworkFix(overflow, GAZETTEER)
    before = fix.beside(None)
    assert before is not None
    assert (before.lat, before.uncertainty_m, before.method) == (37.5006, 250.0, "Cell")
    assert (before.near_dong, before.conflict, before.reference) == ("역삼동", False, None)
    there = fix.beside(Location("창동", dong="창동", lat=37.65, lon=127.04))
    assert there is not None
    assert there.conflict
    assert there.apart_m is not None
    assert there.apart_m > 10_000
    assert there.lat == before.lat


def test_an_address_is_told_in_one_line() -> None:
    """A civic fix (RFC 5139) reads like an address."""
    found = NetworkFix(Overflow(body_parts=((PIDF, document(CIVIC)),)), GAZETTEER).beside(None)
    assert found is not None
    assert found.address == "강남구 역삼동 테헤란로 152"


def test_a_location_by_reference_is_noted_and_not_fetched() -> None:
    """RFC 6442: a URI outside the body; a human may look it up."""
    overflow = Overflow(geolocation=("<cid:a@b>", "<https://lis.example/x>;inserted-by=pbx"))
    found = NetworkFix(overflow, GAZETTEER).beside(None)
    assert found is not None
    assert (found.reference, found.lat) == ("https://lis.example/x", None)
