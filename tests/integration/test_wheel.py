"""What a wheel has must do without the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]

IMPORT_ALL = """
import importlib, pkgutil, sys
from pathlib import Path

unpacked = Path(sys.argv[1])
sys.path = [str(unpacked), *(path for path in sys.path if not Path(path, "voicebot").exists())]
import voicebot

names = [each.name for each in pkgutil.walk_packages(voicebot.__path__, "voicebot.")]
for name in names:
    if not name.endswith("__main__"):
        module = importlib.import_module(name)
        assert Path(module.__file__).is_relative_to(unpacked), module.__file__
assert importlib.util.find_spec("models") is None
print(len(names))
"""


def test_every_module_of_the_wheel_imports_without_the_checkout(tmp_path: Path) -> None:
    """Measuring and training stay in the checkout; nothing that is installed leans on them."""
    build = ["pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(tmp_path)]
    subprocess.run([sys.executable, "-m", *build, str(ROOT)], check=True, timeout=600)
    (wheel,) = tmp_path.glob("voicebot-*.whl")
    unpacked = tmp_path / "unpacked"
    zipfile.ZipFile(wheel).extractall(unpacked)
    (tmp_path / "all.py").write_text(IMPORT_ALL, encoding="utf-8")
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    told = subprocess.run(
        [sys.executable, "all.py", str(unpacked)],
        cwd=tmp_path,
        env=environ,
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert told.returncode == 0, told.stderr
    assert int(told.stdout) == len(list((ROOT / "voicebot").rglob("*.py"))) - 1
