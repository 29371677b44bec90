import pytest

from voicebot.dialog.prompts import Prompt, particle


@pytest.mark.parametrize(
    ("word", "pair", "form"),
    [
        ("역삼동", "을/를", "을"),
        ("테헤란로", "을/를", "를"),
        ("테헤란로 152", "이/가", "가"),
        ("테헤란로 153", "이/가", "이"),
        ("서울", "으로/로", "로"),
        ("강남", "으로/로", "으로"),
        ("종로", "으로/로", "로"),
        ("화재", "은/는", "는"),
    ],
)
def test_particles_agree(word: str, pair: str, form: str) -> None:
    """The particle follows the last sound, digits as they are spoken."""
    closed, opened = pair.split("/")
    assert particle(word, closed, opened) == form


def test_a_field_takes_its_particle() -> None:
    """The pair stands in the braces of the field."""
    prompt = Prompt("p", ("{place:으로/로} 갑니다.",))
    assert prompt.render({"place": "역삼동"}) == "역삼동으로 갑니다."


def test_a_part_without_content_is_left_out() -> None:
    """An unknown place does not leave a hole in the sentence."""
    prompt = Prompt("p", ("{place}.", "끊지 마세요."))
    assert prompt.render({"place": ""}) == "끊지 마세요."


def test_a_brief_is_cut_at_its_limit() -> None:
    """The parts that matter come first and the rest is dropped."""
    prompt = Prompt("p", ("긴급.", "{place}.", "위치 확인됨."), max_syllables=6)
    assert prompt.render({"place": "역삼동"}) == "긴급. 역삼동."
