import re
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.cli import main
from voicebot.errors import SettingsError
from voicebot.settings import PROJECT_FOLDER, Address, PortRange, Settings, default_settings, load_settings
from voicebot.settings.loading import known_keys

KEYS = [
    *("sip.listen", "sip.rtp_ports", "sip.allow_from", "sip.line_processes", "sip.legs_per_process"),
    *(
        "speech.model",
        "speech.synthetic_voices_only",
        "speech.device",
        "speech.compute_type",
        "dialog",
        "operators.name",
        "operators.uri",
    ),
    *("fallback", "http.listen", "store.url", "recordings.directory", "run_directory"),
    *("operators.groups", "operators.skills", "operators.calls_at_once"),
    *("groups.name", "groups.strategy", "groups.at_once", "groups.next_group", "groups.uri"),
    *(
        "transfer.connect",
        "transfer.urgent",
        "transfer.strategy",
        "transfer.at_once",
        "transfer.wait_seconds",
    ),
    *("transfer.ring_seconds", "transfer.brief_seconds", "transfer.accept_seconds", "transfer.rest_seconds"),
    *("transfer.probe_seconds", "transfer.console_url"),
]


def load(folder: Path, text: str, **environ: str) -> Settings:
    path = folder / "voicebot.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environ)


def sentences(folder: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        load(folder, text, **environ)
    return str(raised.value).replace(f"{folder}/", "").splitlines()


def test_every_published_key_is_known() -> None:
    """Operators write these names into files: they are a contract."""
    assert set(KEYS) <= set(known_keys())


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    """A first run needs no settings."""
    settings = load(tmp_path, "")
    assert settings.sip.listen == Address("127.0.0.1", 5060)
    assert settings.sip.rtp_ports == PortRange(20000, 20999)
    assert settings.sip.allow_from == (ip_network("127.0.0.0/8"),)
    assert settings.sip.legs == 0
    assert settings.speech.model is None, "the best that is installed"
    assert not settings.speech.synthetic_voices_only
    assert settings.dialog == PROJECT_FOLDER / "dialogs" / "119.yaml"
    assert settings.store.url == f"sqlite:///{tmp_path}/voicebot.db"
    assert settings.recordings.directory is None
    assert settings.fallback is None


def test_a_full_file_is_read(tmp_path: Path) -> None:
    """Each key reaches its field, relative paths count from the file."""
    settings = load(
        tmp_path,
        """
        sip: {listen: "[::1]:5070", rtp_ports: 30000 - 30100, allow_from: [10.1.2.3, 10.2.0.0/16],
              line_processes: 2, legs_per_process: 4}
        speech: {model: m, device: "cuda:1", compute_type: int8}
        dialog: d.yaml
        operators:
        - {name: 접수대 1, uri: "sip:a@10.0.0.1:5070;transport=udp"}
        - {name: queue, uri: "sip:q@10.0.0.1", groups: [fire], skills: [en], calls_at_once: unlimited}
        groups: [{name: fire, strategy: several, at_once: 3, next_group: all, uri: "sip:f@10.0.0.1"}, {name: all}]
        transfer: {connect: auto, urgent: hot, rest_seconds: 0, probe_seconds: 0, console_url: "https://c/i/"}
        fallback: sip:119@10.0.0.2
        http: {listen: localhost:80}
        store: {url: sqlite:///var/x.db}
        recordings: {directory: rec}
        run_directory: run
        """,
    )
    assert settings.sip.listen == Address("::1", 5070)
    assert str(settings.sip.listen) == "[::1]:5070"
    assert settings.sip.rtp_ports == PortRange(30000, 30100)
    assert settings.sip.allow_from == (ip_network("10.1.2.3/32"), ip_network("10.2.0.0/16"))
    assert settings.sip.legs == 4
    assert settings.speech.model == tmp_path / "m"
    assert settings.operators[0].name == "접수대 1"
    assert [operator.capacity for operator in settings.operators] == [1, None]
    assert settings.groups[0].next_group == "all"
    assert (settings.transfer.urgent, settings.transfer.probe_seconds) == ("hot", 0)
    assert settings.http.listen == Address("127.0.0.1", 80)
    assert settings.store.url == f"sqlite:///{tmp_path}/var/x.db"
    assert settings.recordings.directory == tmp_path / "rec"
    assert settings.run_directory == tmp_path / "run"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sip:\n  listn: x", "line 2: the key sip.listn is not known; did you mean sip.listen?"),
        ("rtp_ports: 1", "line 1: the key rtp_ports is not known; did you mean sip.rtp_ports?"),
        ("colour: red", "line 1: the key colour is not known; the nearest known key is "),
        ("operators:\n- {name: a, url: x, uri: 'sip:a@b'}", "line 2: the key operators[0].url is not known; did you mean operators.uri?"),
        ("sip: {listen: 5060}", "line 1: sip.listen must be an IP address and a port such as 127.0.0.1:5060, not 5060."),
        ("sip: {listen: host:5060}", "line 1: sip.listen must be an IP address"),
        ("sip: {listen: 1.2.3.4:0}", "line 1: sip.listen must be an IP address"),
        ("sip:\n  listen:", "line 2: sip.listen must be an IP address and a port such as 127.0.0.1:5060, not empty."),
        ("sip: {rtp_ports: 20010-20000}", "line 1: sip.rtp_ports must be a range of at least 16 UDP ports"),
        ("sip: {rtp_ports: 100-200}", "line 1: sip.rtp_ports must be a range"),
        ("sip:\n  allow_from:\n  - 10.0.0.1\n  - nonsense", "line 4: sip.allow_from[1] must be"),
        ("sip: {allow_from: [10]}", "line 1: sip.allow_from[0] must be"),
        ("sip: {line_processes: 0}", "line 1: sip.line_processes must be a whole number from 1 to 250, not 0."),
        ("sip: {line_processes: true}", "line 1: sip.line_processes must be a whole number from 1 to 250, not True."),
        ("sip:\n  legs_per_process: 1", "line 2: sip.legs_per_process must be auto or a whole number from 2 to 1000, not 1."),
        ("sip:\n  legs_per_process: many", "line 2: sip.legs_per_process must be auto or a whole number from 2 to 1000, not 'many'."),
        ("sip: 5060", "line 1: sip must be a section with the keys listen, rtp_ports"),
        ("speech: {device: gpu}", "line 1: speech.device must be auto, cpu, cuda"),
        ("speech: {compute_type: int4}", "line 1: speech.compute_type must be default, auto, int8"),
        ("speech: {model: [a]}", "line 1: speech.model must be auto or the path of a CTranslate2 Whisper directory"),
        ("speech: {synthetic_voices_only: 1}", "line 1: speech.synthetic_voices_only must be true or false"),
        ("fallback: 119", "line 1: fallback must be a SIP URI such as sip:hotline@10.1.2.3, or nothing, not 119."),
        ("fallback: tel:119", "line 1: fallback must be a SIP URI"),
        ("fallback: 'sip:a@b c'", "line 1: fallback must be a SIP URI"),
        ("operators:\n- name: a", "line 2: operators[0].uri is missing; it must be a SIP URI"),
        ("operators: {name: a}", "line 1: operators must be a list of operators"),
        ("operators:\n- {name: a, uri: 'sip:a@b'}\n- {name: a, uri: 'sip:c@d'}", "line 3: operators[1].name 'a' stands twice; give each its own name."),
        ("groups:\n- name: fire\n- name: fire", "line 3: groups[1].name 'fire' stands twice; give each its own name."),
        ("groups: [{name: fire}]\noperators:\n- name: a\n  uri: sip:a@b\n  groups: [fier]", "line 5: operators[0].groups[0] names the group 'fier', which groups does not have; did you mean 'fire'?"),
        ("operators:\n- {name: a, uri: 'sip:a@b', groups: [x]}", "line 2: operators[0].groups[0] names the group 'x', which groups does not have; groups has no names yet: add it there."),
        ("groups:\n- {name: a, next_group: b}", "line 2: groups[0].next_group names the group 'b', which groups does not have; groups has a."),
        ("groups:\n- {name: a, next_group: a}", "line 2: groups[0].next_group leads back to 'a'; end the way there."),
        ("groups:\n- {name: a, next_group: b}\n- {name: b, next_group: a}", "line 2: groups[0].next_group leads back to 'a' through b; end the way there."),
        ("groups: [{name: a b}]", "line 1: groups[0].name must be a name of 1 to 64 characters without blanks, not 'a b'."),
        ("groups: [{name: a, strategy: any}]", "line 1: groups[0].strategy must be in_order, longest_free, several or all, not 'any'."),
        ("operators: [{name: a, uri: 'sip:a@b', calls_at_once: 0}]", "line 1: operators[0].calls_at_once must be unlimited or a whole number from 1 to 1000, not 0."),
        ("transfer: {connect: refer}", "line 1: transfer.connect must be auto, bridge or replaces, not 'refer'."),
        ("transfer: {probe_seconds: 1}", "line 1: transfer.probe_seconds must be 0, or a whole number from 5 to 3600, not 1."),
        ("transfer: {console_url: console}", "line 1: transfer.console_url must be a URL such as https://console.example/incidents/, or nothing, not 'console'."),
        ("store: {url: voicebot.db}", "line 1: store.url must be a database URL such as sqlite:///voicebot.db"),
        (f"run_directory: /{'x' * 90}", "line 1: run_directory must be the path of a folder, at most 80 bytes long"),
        ("- a", "line 1: settings are keys with values"),
        ("sip: {", "line 1: this is not valid YAML"),
        ("a: 1\na: 2", "line 2: this is not valid YAML: found duplicate key"),
        ("\t- x", "line 1: this is not valid YAML"),
    ],
)  # fmt: skip
def test_each_mistake_gets_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    """The sentence names file, line, key and what was expected."""
    assert len(sentences(tmp_path, text)) == 1
    assert sentences(tmp_path, text)[0].startswith(f"voicebot.yaml, {sentence}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("callbacks.same_caller_minutes", "callbacks.same_caller_seconds"),
        ("geocoder.limit_ms", "geocoder.limit_seconds"),
    ],
)
def test_a_key_of_an_earlier_version_is_refused_with_its_new_name(
    tmp_path: Path, old: str, new: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a file and in the environment: the value counts another unit, so it is not taken over in silence."""
    section, _, key = old.partition(".")
    told = f"the key {old} has another name now: {new}, in seconds."
    assert sentences(tmp_path, f"{section}:\n  {key}: 30") == [f"voicebot.yaml, line 2: {told}"]
    variable = f"VOICEBOT_{section}__{key}".upper()
    assert sentences(tmp_path, "", **{variable: "30"}) == [f"environment variable {variable}: {told}"]
    assert new in known_keys()
    assert main.run(["understand", "--config", str(tmp_path / "voicebot.yaml"), "불"]) == 0
    (tmp_path / "voicebot.yaml").write_text(f"{section}: {{{key}: 30}}", encoding="utf-8")
    assert main.run(["understand", "--config", str(tmp_path / "voicebot.yaml"), "불"]) == 2
    assert new in capsys.readouterr().err


def test_durations_are_in_seconds() -> None:
    """One unit for one kind: nobody has to look up whether a number is minutes or milliseconds."""
    assert [key for key in known_keys() if re.search(r"_(ms|s|minutes|hours|days)$", key)] == []
    assert load_limit("0.3") == 0.3
    assert load_limit("2") == 2.0
    for wrong in ("0", "11", ".nan", "true", "'1'"):
        with pytest.raises(SettingsError, match=r"geocoder.limit_seconds must be a number from 0\.1 to 10"):
            load_limit(wrong)


def load_limit(value: str) -> float:
    return default_settings({"VOICEBOT_GEOCODER__LIMIT_SECONDS": value}).geocoder.limit_seconds


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Nobody has to start five times to find five mistakes."""
    told = sentences(tmp_path, "fallback: x\nsip:\n  listn: 1\n  listen: 2\n", VOICEBOT_HTTP__LISTEN="3")
    assert [line.split(":")[0] for line in told] == [
        "voicebot.yaml, line 1",
        "voicebot.yaml, line 3",
        "voicebot.yaml, line 4",
        "environment variable VOICEBOT_HTTP__LISTEN",
    ]


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    """A variable wins over the file, its value is YAML, and empty means none."""
    settings = load(
        tmp_path,
        "sip: {listen: 10.0.0.1:5060, line_processes: 2}\nfallback: sip:a@b",
        VOICEBOT_SIP__LISTEN="10.0.0.2:5062",
        VOICEBOT_OPERATORS="[{name: a, uri: 'sip:a@b'}]",
        VOICEBOT_FALLBACK="",
        VOICEBOT_CONFIG="elsewhere.yaml",
        PATH="/bin",
    )
    assert settings.sip.listen == Address("10.0.0.2", 5062)
    assert settings.sip.line_processes == 2
    assert settings.operators[0].uri == "sip:a@b"
    assert settings.fallback is None


def test_a_mistake_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    """A wrong variable is not blamed on the file."""
    assert sentences(tmp_path, "", VOICEBOT_SIP__LISTN="1.2.3.4:5060") == [
        "environment variable VOICEBOT_SIP__LISTN: the key sip.listn is not known; did you mean sip.listen?"
    ]
    assert sentences(tmp_path, "", VOICEBOT_DIALOG="{")[0].startswith(
        "environment variable VOICEBOT_DIALOG: '{' cannot be"
    )


def test_systemd_folders_are_the_defaults(tmp_path: Path) -> None:
    """Under systemd the database and the sockets go where the unit allows."""
    settings = load(tmp_path, "", RUNTIME_DIRECTORY="/run/voicebot", STATE_DIRECTORY="/var/lib/voicebot")
    assert settings.run_directory == Path("/run/voicebot")
    assert settings.store.url == "sqlite:////var/lib/voicebot/voicebot.db"
    assert (
        load(tmp_path, "run_directory: mine", RUNTIME_DIRECTORY="/run/x").run_directory == tmp_path / "mine"
    )


def test_two_servers_of_one_user_do_not_share_a_run_directory(tmp_path: Path) -> None:
    """The default folder follows the SIP port."""
    first, second = (
        load(tmp_path, "sip: {listen: 127.0.0.1:5060}"),
        load(tmp_path, "sip: {listen: 127.0.0.1:5070}"),
    )
    assert first.run_directory != second.run_directory


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """No file, a folder and a file in another encoding each get a sentence."""
    with pytest.raises(SettingsError, match=r"nowhere\.yaml: there is no such settings file"):
        load_settings(tmp_path / "nowhere.yaml", {})
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load_settings(tmp_path, {})
    (tmp_path / "latin.yaml").write_bytes("dialog: é".encode("latin-1"))
    with pytest.raises(SettingsError, match="byte 8 is not UTF-8"):
        load_settings(tmp_path / "latin.yaml", {})


def test_settings_are_made_without_a_file_too() -> None:
    """The demo and doctor start from the environment alone."""
    assert default_settings({"VOICEBOT_SIP__LISTEN": "127.0.0.1:5090"}).sip.listen.port == 5090


def test_the_example_file_is_valid() -> None:
    """What people copy must load, and name things that are where it says."""
    settings = load_settings(PROJECT_FOLDER / "systemd" / "voicebot.example.yaml", {})
    assert settings.speech.model == Settings().speech.model
    assert len(settings.operators) == 2


_yaml_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 99999) | st.text("ab:/.-é#\n'\"", max_size=8),
    lambda below: (
        st.lists(below, max_size=3)
        | st.dictionaries(st.sampled_from([*KEYS, "sip", "listen"]), below, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["sip", "speech", "operators", "groups", "transfer", "http", "store", "x"]),
        _yaml_values,
        max_size=3,
    )
)
def test_nothing_but_a_sentence_comes_out(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, object]
) -> None:
    """Whatever the file holds, it loads or gives sentences; never another exception."""
    import json

    folder = tmp_path_factory.getbasetemp()
    try:
        load(folder, json.dumps(document))
    except SettingsError as error:
        told = str(error)
    else:
        told = "it loads"
    assert told
    assert "pydantic" not in told.lower()
