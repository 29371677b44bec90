import pytest

from voicebot.understanding import Fix, Location, civic_location, compare_places, find_fix, read_pidf
from voicebot.understanding.places.gazetteer import load_gazetteer

GAZETTEER = load_gazetteer()
HEAD = (
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" '
    'xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0" '
    'xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr" entity="pres:a@example.com">'
    '<tuple id="a"><status><gp:geopriv><gp:location-info>'
)
TAIL = (
    "</gp:location-info><gp:method>{method}</gp:method></gp:geopriv></status>"
    "<timestamp>2026-11-22T09:00:00Z</timestamp></tuple></presence>"
)
POINT = '<gml:Point srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>37.5006 127.0364</gml:pos></gml:Point>'
CIRCLE = (
    '<gs:Circle srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>37.5006 127.0364</gml:pos>'
    '<gs:radius uom="urn:ogc:def:uom:EPSG::9001">250</gs:radius></gs:Circle>'
)
POLYGON = (
    "<gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>37.50 127.03 37.50 127.04 37.51 127.04 "
    "37.51 127.03 37.50 127.03</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
)
CIVIC = (
    "<ca:civicAddress><ca:country>KR</ca:country><ca:A1>서울특별시</ca:A1><ca:A3>강남구</ca:A3><ca:A4>역삼동</ca:A4>"
    "<ca:RD>테헤란로</ca:RD><ca:HNO>152</ca:HNO><ca:FLR>3</ca:FLR></ca:civicAddress>"
)


def document(location: str, method: str = "GPS") -> str:
    return HEAD + location + TAIL.format(method=method)


def test_a_point_has_no_uncertainty_and_keeps_method_and_time() -> None:
    """RFC 4119: a Point with its method and time stamp."""
    assert read_pidf(document(POINT)) == Fix(37.5006, 127.0364, 0.0, "GPS", "2026-11-22T09:00:00Z", {})


def test_a_circle_keeps_its_radius() -> None:
    """RFC 5491: the radius of a Circle is the uncertainty."""
    fix = read_pidf(document(CIRCLE, "Cell"))
    assert fix is not None
    assert (fix.uncertainty_m, fix.method) == (250.0, "Cell")


def test_a_polygon_becomes_its_middle_and_reach() -> None:
    """RFC 5491: a Polygon is taken as the circle around its corners."""
    fix = read_pidf(document(POLYGON))
    assert fix is not None
    assert fix.lat == pytest.approx(37.505)
    assert fix.uncertainty_m == pytest.approx(711, abs=20)


def test_a_civic_address_becomes_a_place() -> None:
    """RFC 5139 elements in the Korean mapping give gu, dong, road and number."""
    fix = read_pidf(document(CIVIC))
    assert fix is not None
    place = civic_location(fix)
    assert place is not None
    assert place.spoken() == "강남구 역삼동 테헤란로 152"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<",
        "<presence/>",
        "x" * 70000,
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        document("<gml:pos>a b</gml:pos>"),
        document(POINT).replace("37.5", "137.5"),
    ],
)
def test_what_cannot_be_read_is_no_fix(text: str) -> None:
    """Bodies from the network never raise, and no entity is expanded."""
    assert read_pidf(text) is None


def test_the_fix_is_found_among_the_body_parts() -> None:
    """RFC 6442: location by value is one part of the INVITE's body."""
    parts = (("application/sdp", "v=0"), ("application/pidf+xml; charset=utf-8", document(POINT)))
    assert find_fix(parts) is not None
    assert find_fix(parts[:1]) is None


def test_words_and_fix_that_agree_show_no_conflict() -> None:
    """A fix inside the named dong agrees with it."""
    said = Location("역삼동", dong="역삼동", lat=37.5001, lon=127.0386)
    both = compare_places(said, read_pidf(document(POINT)), GAZETTEER)
    assert not both.conflict
    assert (both.fix_gu, both.fix_dong) == ("강남구", "역삼동")


def test_words_and_fix_that_differ_are_both_kept_and_the_conflict_shown() -> None:
    """A mother's home far from the caller's phone: nothing is chosen silently."""
    said = Location("창동", dong="창동", lat=37.65, lon=127.04)
    both = compare_places(said, read_pidf(document(POINT)), GAZETTEER)
    assert both.conflict
    assert both.said is said
    assert both.apart_m is not None
    assert both.apart_m > 10000


def test_a_rough_fix_contradicts_nobody_nearby() -> None:
    """The uncertainty of a cell is allowed for."""
    said = Location("서초동", dong="서초동", lat=37.487, lon=127.016)
    cell = Fix(37.5006, 127.0364, 3000.0, "Cell", None)
    assert not compare_places(said, cell, GAZETTEER).conflict


def test_an_address_without_a_point_is_compared_by_name() -> None:
    """A civic fix (RFC 5139) in another dong contradicts, the same dong does not."""
    fix = read_pidf(document(CIVIC))
    assert compare_places(Location("창동", dong="창동"), fix, GAZETTEER).conflict
    same = compare_places(Location("역삼동", dong="역삼동"), fix, GAZETTEER)
    assert (same.conflict, same.fix_gu, same.fix_dong) == (False, "강남구", "역삼동")
    part = read_pidf(document(CIVIC.replace("역삼동", "역삼1동")))
    assert not compare_places(Location("역삼동", dong="역삼동"), part, GAZETTEER).conflict
