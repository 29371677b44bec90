"""Which instructions CTranslate2 is told to use."""

from pathlib import Path

import pytest

from voicebot.speech.cpu_features import use_wide_vectors

WIDE = "avx2 avx512f avx512bw avx512cd avx512dq avx512vl avx512_vnni"


@pytest.mark.parametrize(
    ("flags", "before", "after"),
    [
        (WIDE, {}, {"CT2_FORCE_CPU_ISA": "AVX512"}),
        (WIDE, {"CT2_FORCE_CPU_ISA": "AVX2"}, {"CT2_FORCE_CPU_ISA": "AVX2"}),
        ("avx2 avx512f avx512bw", {}, {}),
        ("", {}, {}),
    ],
)
def test_wide_vectors_are_used_where_they_pay(
    tmp_path: Path, flags: str, before: dict[str, str], after: dict[str, str]
) -> None:
    """Only with all that the wide code needs, and never against what the environment says."""
    path = tmp_path / "cpuinfo"
    path.write_text(f"processor\t: 0\nflags\t\t: fpu {flags}\n", encoding="utf-8")
    environ = dict(before)
    use_wide_vectors(path, environ)
    assert environ == after


def test_a_system_that_tells_nothing_is_left_alone(tmp_path: Path) -> None:
    """No file, no change."""
    environ: dict[str, str] = {}
    use_wide_vectors(tmp_path / "none", environ)
    assert environ == {}
