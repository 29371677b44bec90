import re
from pathlib import Path

import pytest

from tests.unit.dialog.conftest import Mend
from voicebot.dialog import Dialog, load_dialog, static_prompts
from voicebot.dialog.authoring.author_tests import read_author_tests
from voicebot.errors import DialogError

MISTAKES = [
    pytest.param(
        "next: open\n",
        "next: opne\n",
        r":\d+: step 'greet': unknown step 'opne'. Did you mean 'open'",
        id="step",
    ),
    pytest.param(
        "prompt: greeting",
        "prompt: greting",
        r"unknown prompt 'greting'. Did you mean 'greeting'",
        id="prompt",
    ),
    pytest.param(
        "    say:\n", "    sya:\n", r"step 'greet': unknown verb 'sya'. Did you mean 'say'", id="verb"
    ),
    pytest.param("tries: 4", "trise: 4", r"step 'open': unknown key 'trise'", id="key"),
    pytest.param("slots: [incident, place]", "slots: [incident, plaec]", r"step 'open': .*place", id="slot"),
    pytest.param("human: connect", "human: open", r"no 'transfer' step", id="human"),
    pytest.param(
        "then: connect", "then: open", r"step 'open': 'silence' leads neither to a human", id="silence"
    ),
    pytest.param("time_limit: connect", "time_limit: open", r"'time_limit' leads neither", id="time"),
    pytest.param("인공지능이 먼저", "저희가 먼저", r"does not tell about 'ai'", id="ai"),
    pytest.param(", recording: 녹음", "", r"does not tell about 'recording'", id="recording"),
    pytest.param(
        "failed_next: report_waiting",
        "failed_next: connect",
        r"leads to the next one without asking",
        id="ring",
    ),
    pytest.param(
        "otherwise: details\n", "otherwise: judge\n", r"leads back to itself|nothing leads here", id="circle"
    ),
    pytest.param(
        "{place}, 맞습니까?", "{plaec}, 맞습니까?", r"unknown field 'plaec'. Did you mean 'place'", id="field"
    ),
    pytest.param("spreading]", "spreadin]", r"unknown flag 'spreadin'", id="flag"),
    pytest.param("  dead_man:", "  dead_men:", r"the prompt 'dead_man' is missing", id="shell"),
    pytest.param("weapon: 흉기", "weapons: 흉기", r"no word for 'weapon'", id="word"),
    pytest.param(
        "  open_question: 무슨",
        "  open_question: {text: 안녕, audio: a.wav}\n  spare: 무슨",
        r"recording 'a.wav' does not exist",
        id="audio",
    ),
    pytest.param("start: greet", "start: greet\nstart: open", r"not valid YAML", id="twice"),
    pytest.param("lexicon: lexicon", "lexicom: lexicon", r"unknown key 'lexicom'", id="top"),
]


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES)
def test_a_mistake_is_refused_with_its_line(changed: Mend, old: str, new: str, said: str) -> None:
    """The author reads where it is, what is wrong and how to mend it."""
    path = changed(old, new)
    with pytest.raises(DialogError) as refused:
        load_dialog(path)
    lines = str(refused.value).splitlines()
    assert all(re.match(r".*changed\.yaml:\d+: .+\. .+\.$", line) for line in lines), lines
    assert any(re.search(said, line) for line in lines), lines


def test_all_mistakes_are_told_at_once(changed: Mend) -> None:
    """Two wrong names are two lines, in the order of the file."""
    path = changed("prompt: greeting\n      next: open", "prompt: greting\n      next: opne")
    with pytest.raises(DialogError) as refused:
        load_dialog(path)
    assert len(str(refused.value).splitlines()) == 2


def test_the_named_line_is_the_right_one(changed: Mend) -> None:
    """The line number leads to the mistake."""
    path = changed("failed_next: report_waiting", "failed_next: nowhere")
    with pytest.raises(DialogError) as refused:
        load_dialog(path)
    number = int(str(refused.value).splitlines()[0].split(":")[1])
    assert "nowhere" in path.read_text(encoding="utf-8").splitlines()[number - 1]


def test_a_missing_file_is_one_clear_sentence(tmp_path: Path) -> None:
    """No traceback for a wrong path."""
    with pytest.raises(DialogError, match="cannot be read"):
        load_dialog(tmp_path / "none.yaml")


def test_the_version_follows_the_content(changed: Mend) -> None:
    """Two files that say the same have one version; a changed sentence or rule makes another."""
    path = changed("네, 적었습니다.", "네, 적었습니다.")
    first = load_dialog(path).version
    assert load_dialog(path).version == first
    path.write_text(path.read_text(encoding="utf-8").replace("네, 적", "적"), encoding="utf-8")
    second = load_dialog(path).version
    (path.parent / "lexicon" / "more.yaml").write_text("- {rule: a, any: [a]}\n", encoding="utf-8")
    assert len({first, second, load_dialog(path).version}) == 3


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("- {rule: a, any: ['(']}", "wrong pattern"),
        ("- {rule: a, any: [a], flags: [wepon]}", "unknown flag 'wepon'"),
        ("- {rule: a, any: [a], urgncy: urgent}", "'urgncy'"),
        ("- {rule: fire/word, any: [a]}", "stands twice"),
    ],
)
def test_a_wrong_rule_is_refused(changed: Mend, rule: str, said: str) -> None:
    """A mistake in the lexicon names the file and the way to mend it."""
    path = changed("네, 적었습니다.", "네, 적었습니다.")
    (path.parent / "lexicon" / "wrong.yaml").write_text(rule, encoding="utf-8")
    with pytest.raises(DialogError, match=said):
        load_dialog(path)


def test_static_prompts_can_be_prepared(dialog: Dialog) -> None:
    """Sentences without fields are listed, those with fields are not."""
    keys = {prompt.key for prompt in static_prompts(dialog)}
    assert {"greeting", "open_question", "dead_man", "caller_left"} <= keys
    assert not {"place_read_back", "operator_brief"} & keys


def test_a_step_that_wants_a_yes_or_a_no_waits_for_a_shorter_pause(dialog: Dialog) -> None:
    """What the step's ``listen`` leaves open stays as the dialog has it."""
    usual, step = dialog.listening, dialog.steps["read_back"].listening
    assert step is not None
    times = step.over(usual)
    assert 300 <= times.endpoint_ms <= 400
    assert 600 <= usual.endpoint_ms <= 800
    assert (times.silence_ms, times.max_utterance_ms) == (usual.silence_ms, usual.max_utterance_ms)


@pytest.mark.parametrize(
    ("test", "told"),
    [
        ("audio: true\n    turns: [{noise: 1}]", "a caller's phone cannot do 'noise: 1'"),
        ("audio: true\n    turns: [{transfer: busy}]", "a caller's phone cannot do 'transfer: busy'"),
        ("audio: true\n    load: 80\n    turns: []", "a real call has the load and the time of its moment"),
        ("time: noon\n    turns: []", "'noon' is no time"),
        ("load: many\n    turns: []", "'load' is a number of calls"),
        ("turns: [{queue: second}]", "'queue' takes a place in whole numbers"),
        ("turns: [{silence: 1, key: 2}]", "a turn does exactly one thing"),
    ],
)
def test_a_test_that_cannot_be_played_is_refused(tmp_path: Path, test: str, told: str) -> None:
    """With the line and how to mend it, before anything is played."""
    file = tmp_path / "tests.yaml"
    file.write_text(f"dialog: dialog.yaml\ntests:\n  - test: odd\n    {test}\n", encoding="utf-8")
    with pytest.raises(DialogError, match=rf"tests\.yaml:\d+: {re.escape(told)}"):
        read_author_tests(file)
