"""The parts of the language one by one: numbers, slots, parts, languages, wordings, recordings."""

import shutil
from pathlib import Path

import pytest

from tests.unit.dialog.authoring.test_bad_dialogs import DATA
from voicebot.dialog import Context, Dialog, Heard, RequestTransfer, Say, begin, load_dialog, step
from voicebot.dialog.authoring.conversation import Conversation
from voicebot.dialog.conditions import is_span, within
from voicebot.dialog.prompts import Wording
from voicebot.dialog.slots import Slot, number_in
from voicebot.errors import DialogError
from voicebot.vocabulary.numerals import sino_korean, spoken


def loaded(tmp_path: Path, text: str) -> Dialog:
    """Load a dialog that extends the small sound one."""
    path = tmp_path / "dialog.yaml"
    base = DATA / "good.yaml"
    head = f"extends: {base}\nlexicon: {DATA / 'lexicon'}\n"
    path.write_text(head + text, encoding="utf-8")
    return load_dialog(path)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "영"), (7, "칠"), (10, "십"), (152, "백오십이"), (1004, "천사"), (10000, "만"), (21010, "이만천십")],
)
def test_numbers_are_read_in_words(value: int, words: str) -> None:
    """As Koreans say them, without a one before ten, hundred, thousand and ten thousand."""
    assert sino_korean(value) == words


@pytest.mark.parametrize(
    ("text", "form", "said"),
    [
        ("120", "digits", "일이공"),
        ("테헤란로 152", "number", "테헤란로 백오십이"),
        ("3", "count", "세"),
        ("20", "count", "스무"),
        ("21", "count", "스물한"),
        ("120", "count", "백이십"),
        ("1", "ordinal", "첫 번째"),
        ("12", "ordinal", "열두 번째"),
    ],
)
def test_each_form_reads_its_own_way(text: str, form: str, said: str) -> None:
    """Telephone numbers digit by digit, counts with native numerals."""
    assert spoken(text, form) == said


def test_english_numbers_stay_figures() -> None:
    """An English voice reads figures itself, but not telephone numbers."""
    assert spoken("12 of 119", "number", "en") == "12 of 119"
    assert spoken("119", "digits", "en") == "one one nine"
    assert [spoken(str(n), "ordinal", "en") for n in (1, 2, 12, 23)] == ["1st", "2nd", "12th", "23rd"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("두 명이요", "2"),
        ("서른두 살이요", "32"),
        ("팔십이요", "80"),
        ("십오 층 건물이에요", "15"),
        ("12층", "12"),
        ("혼자예요", "1"),
        ("네", None),
        ("모르겠어요", None),
    ],
)
def test_a_number_is_found_in_an_answer(text: str, value: str | None) -> None:
    """Native and Sino-Korean, with and without a counter; a plain yes is no four."""
    assert number_in(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("두 명이 다쳤어요", "2"),
        ("열 명 정도 깔렸어요", "10"),
        ("서른두 명", "32"),
        ("네 명동이에요", None),
        ("이 명단에", None),
        ("사람이 다쳤어요", None),
    ],
)
def test_a_number_told_unasked_stands_before_its_counter(text: str, value: str | None) -> None:
    """Nobody is asked how many who has said so; a place that begins with the counter is no number."""
    assert Slot(kind="number", counters=("명",)).noticed(text) == value


def test_a_grave_answer_told_unasked_is_urgent(tmp_path: Path) -> None:
    """What would have made the call urgent as an answer does so wherever it is said."""
    dialog = loaded(
        tmp_path,
        """
questions: {safety: [{slot: water, prompt: q_safe, urgent_if: [waist]}]}
""",
    )
    talk = Conversation.begun(dialog)
    talk.hear("나무 역삼동 허리까지요")
    assert talk.seen()["urgency"] == "urgent"
    assert "question/water/waist" in [item.rule for item in talk.state.assessment.evidence]


def test_a_heart_arrest_is_recognised_by_the_first_two_questions(dialog: Dialog) -> None:
    """Whether the patient is awake, then whether the patient breathes, before anything else."""
    for name in ("ems", "ems.drunk"):
        assert [question.slot for question in dialog.questions[name]][:2] == ["conscious", "breathing"]


def test_a_part_of_the_lexicon_holds_no_steps(tmp_path: Path) -> None:
    """Only tables that every dialog may share; the author is told the file and the line."""
    lexicon = tmp_path / "lexicon"
    shutil.copytree(DATA / "lexicon", lexicon)
    (lexicon / "questions.yaml").write_text("slots: {depth: number}\nsteps: {}\n", encoding="utf-8")
    path = tmp_path / "dialog.yaml"
    path.write_text(f"extends: {DATA / 'good.yaml'}\nlexicon: {lexicon}\n", encoding="utf-8")
    with pytest.raises(DialogError, match=r"questions\.yaml:2: 'steps' does not belong here"):
        load_dialog(path)


def test_the_words_of_a_slot_are_taken_before_yes_and_no(dialog: Dialog) -> None:
    """`No, nobody is hurt` means that all are safe."""
    talk = Conversation.begun(dialog)
    talk.hear("망원동 망원시장 앞에 나무가 쓰러졌어요")
    talk.hear("네")
    talk.hear("아니요 다친 사람은 없어요")
    assert talk.state.slots["everyone_safe"] == "yes"
    assert Slot(kind="choice", words={"a": ("물이",), "b": ("불이",)}).noticed("불이 나고 물이 차요") == "b"


def test_spans_of_time_may_pass_midnight() -> None:
    """Night is from ten to six."""
    assert within("22:00-06:00", 23 * 60)
    assert within("22:00-06:00", 5 * 60 + 59)
    assert not within("22:00-06:00", 6 * 60)
    assert not is_span("22-6")


def test_a_called_part_returns_to_its_caller(tmp_path: Path) -> None:
    """The same question is used twice and comes back to where it was asked from."""
    dialog = loaded(
        tmp_path,
        """
steps:
  greet: {say: {prompt: greeting, next: first}}
  first: {call: {step: part, next: second}}
  second: {call: {step: part, next: open}}
  part: {say: {prompt: noted, next: return}}
""",
    )
    _, effects = begin(dialog)
    assert [effect.prompt for effect in effects if isinstance(effect, Say)] == [
        "greeting",
        "noted",
        "noted",
        "open",
    ]


def test_set_fills_slots_and_only_raises(tmp_path: Path) -> None:
    """A dialog for one purpose says what its callers call about."""
    dialog = loaded(
        tmp_path,
        """
steps:
  greet: {say: {prompt: greeting, next: note}}
  note: {set: {slots: {safe: "no"}, urgency: potential, next: open}}
""",
    )
    state, _ = begin(dialog)
    assert state.slots == {"safe": "no"}
    assert state.assessment.urgency == "potential"


def test_a_transfer_tells_mode_group_and_brief(tmp_path: Path) -> None:
    """The brief goes along whatever the mode: spoken to the operator, or on the screen."""
    text = (DATA / "good.yaml").read_text(encoding="utf-8")
    connect = text[text.index("  connect:\n") : text.index("prompts:\n")]
    hot = connect.replace("    transfer:\n", "    transfer:\n      mode: hot\n      group: fire\n")
    dialog = loaded(tmp_path, "steps:\n" + hot)
    state, _ = begin(dialog)
    _, effects = step(dialog, state, Heard("사람 바꿔 주세요", 0.9, 0, 1, partial=False))
    found = [effect for effect in effects if isinstance(effect, RequestTransfer)]
    assert not found  # the small lexicon knows no wish for a human
    _, effects = step(dialog, state, Heard("불", 0.9, 0, 1))
    assert not [effect for effect in effects if isinstance(effect, RequestTransfer)]
    talk = Conversation.begun(dialog)
    talk.act({"key": "0"})
    assert (talk.seen()["mode"], talk.seen()["group"], talk.seen()["brief"]) == ("hot", "fire", "미상. 미상.")


def test_some_calls_go_to_other_desks_in_another_mode(tmp_path: Path) -> None:
    """The first case that fits decides; what it leaves out is that of the step, or of the settings."""
    text = (DATA / "good.yaml").read_text(encoding="utf-8")
    connect = text[text.index("  connect:\n") : text.index("prompts:\n")]
    cases = """    transfer:
      group: general
      brief: busy
      cases:
        - {when: {flags: [trapped]}, mode: hot}
        - {when: {category: [safety]}, group: city}
"""
    dialog = loaded(tmp_path, "steps:\n" + connect.replace("    transfer:\n", cases))
    ways = []
    for words in ("나무 역삼동", "음"):
        talk = Conversation.begun(dialog)
        talk.hear(words)
        talk.act({"key": "0"})
        ways.append((talk.seen()["mode"], talk.seen()["group"], talk.seen()["brief"]))
    assert ways == [(None, "city", "모두 통화 중입니다."), (None, "general", "모두 통화 중입니다.")]


def test_keys_of_a_step_lead_where_it_says(tmp_path: Path) -> None:
    """A question may be answered by a key; 0 stays the way to a human."""
    dialog = loaded(
        tmp_path,
        """
steps:
  safe:
    triage: {next: report}
    on:
      keys: {"1": report}
""",
    )
    talk = Conversation.begun(dialog)
    talk.hear("나무 역삼동")
    assert talk.state.step == "safe"
    talk.act({"key": "1"})
    assert talk.seen()["closed"]
    talk = Conversation.begun(dialog)
    talk.hear("나무 역삼동")
    talk.act({"key": "0"})
    assert talk.seen()["transfer"] == "human_requested"


def test_the_second_time_another_wording_is_said(tmp_path: Path) -> None:
    """Who did not understand a sentence does not hear the same one again."""
    dialog = loaded(tmp_path, "prompts:\n  what: {text: 무슨 일입니까?, again: [무엇이 보입니까?]}\n")
    talk = Conversation.begun(dialog)
    said = []
    for _ in range(2):
        talk.hear("음")
        said.append(talk.seen()["text"])
    assert said == ["무슨 일입니까?", "무엇이 보입니까?"]


def test_recordings_are_spliced_with_what_fills_the_fields() -> None:
    """A sentence in pieces plays recordings around a synthesised or recorded word."""
    wording = Wording(("네, {place}, 맞습니까?",), ("yes.wav", "{place}", "right.wav"))
    pieces = wording.pieces("네, 역삼동, 맞습니까?", {"place": "역삼동"}, {"역삼동": "yeoksam.wav"})
    assert [piece.audio for piece in pieces] == ["yes.wav", "yeoksam.wav", "right.wav"]
    pieces = wording.pieces("네, 개포동, 맞습니까?", {"place": "개포동"}, {})
    assert [(piece.audio, piece.text) for piece in pieces][1] == (None, "개포동")


def test_load_and_language_change_what_is_said(dialog: Dialog) -> None:
    """A surge gets the short greeting, a caller who speaks English hears English."""
    _, effects = begin(dialog, Context(load=100))
    assert next(effect.prompt for effect in effects if isinstance(effect, Say)) == "greeting_surge"
    talk = Conversation.begun(dialog)
    talk.hear("hello please help")
    said = [effect for effect in talk.effects if isinstance(effect, Say)]
    assert {sentence.language for sentence in said} == {"en"}
