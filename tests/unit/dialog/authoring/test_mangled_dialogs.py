import contextlib
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tests.unit.dialog.authoring.test_bad_dialogs import DATA
from voicebot.dialog import examine
from voicebot.errors import DialogError

GOOD: dict[str, Any] = YAML(typ="safe").load((DATA / "good.yaml").read_text(encoding="utf-8"))
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, 5, -1, True, 1.5, "", "x", "{", "(", "return", [], [None], ["{a"], {}, {"a": None}, {"ko": None}, {"text": {}}]
)  # fmt: skip


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every value."""
    keys = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    return ([path] if path else []) + [each for key in keys for each in places(node[key], (*path, key))]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(places(GOOD)), ODD)
def test_a_mangled_flow_is_refused_or_sound_but_never_a_crash(
    tmp_path: Path, path: tuple[Any, ...], value: Any
) -> None:
    """Whatever an author types in place of any value, the answer is a list of sentences."""
    content = deepcopy(GOOD)
    node: Any = content
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    if path != ("lexicon",):
        content["lexicon"] = str(DATA / "lexicon")
    file = tmp_path / "dialog.yaml"
    with file.open("w", encoding="utf-8") as out:
        YAML(typ="safe").dump(content, out)
    with contextlib.suppress(DialogError):
        for mistake in examine(file).mistakes:
            assert mistake.text("en")
            assert mistake.text("ko")
