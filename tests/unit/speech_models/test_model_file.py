import struct
from pathlib import Path

import numpy as np
import pytest

from voicebot.errors import ModelError
from voicebot.speech_models.model_file import ModelFile, quantised, read_model, write_model

MATRIX = np.array([[0.5, -1.0, 0.25], [0.0, 0.0, 0.0]], np.float16)
TINY = ModelFile(
    "WhisperSpec",
    3,
    {
        "decoder/embeddings/weight": MATRIX,
        "encoder/conv1/weight": np.ones((2, 80, 3), np.float16),
        "encoder/layer_norm/gamma": np.array([1.0, 2.0], np.float32),
        "encoder/num_heads": np.array(8, np.int16),
        "decoder/pre_norm": np.array(1, np.int8),
    },
    (("decoder/projection/weight", "decoder/embeddings/weight"),),
)


def test_a_file_comes_back_bit_for_bit(tmp_path: Path) -> None:
    """What was read can be written again without a difference: no converter is needed."""
    write_model(tmp_path / "a", TINY)
    again = read_model(tmp_path / "a")
    write_model(tmp_path / "b", again)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (again.specification, again.revision, again.aliases) == ("WhisperSpec", 3, TINY.aliases)
    for name, array in TINY.variables.items():
        assert again.variables[name].dtype == array.dtype
        np.testing.assert_array_equal(again.variables[name], array)


def test_the_layout_is_that_of_ctranslate2(tmp_path: Path) -> None:
    """The bytes are those of `ModelSpec._serialize`: lengths count the closing zero."""
    write_model(tmp_path / "a", ModelFile("S", 2, {"n": np.array(5, np.int16)}, ()))
    head = struct.pack("<I", 6) + b"\x02\x00S\x00" + struct.pack("<II", 2, 1)
    body = b"\x02\x00n\x00" + struct.pack("<BBI", 0, 2, 2) + b"\x05\x00" + struct.pack("<I", 0)
    assert (tmp_path / "a").read_bytes() == head + body


def test_matrices_become_int8_with_a_scale_for_each_row() -> None:
    """A row's largest value is 127, of convolutions too; vectors are float32, whole numbers stay."""
    made = quantised(TINY).variables
    np.testing.assert_array_equal(made["decoder/embeddings/weight"], [[64, -127, 32], [0, 0, 0]])
    assert made["decoder/embeddings/weight_scale"].tolist() == [127.0, 1.0]
    assert made["decoder/embeddings/weight"].dtype == np.int8
    assert made["encoder/conv1/weight"].dtype == np.int8
    assert made["encoder/conv1/weight"].shape == (2, 80, 3)
    assert made["encoder/conv1/weight_scale"].shape == (2,)
    assert made["encoder/layer_norm/gamma"].dtype == np.float32
    assert made["encoder/num_heads"].dtype == np.int16


def test_a_second_name_of_a_matrix_gets_a_second_name_of_its_scale() -> None:
    """CTranslate2 looks for the scale beside the name that it knows."""
    assert ("decoder/projection/weight_scale", "decoder/embeddings/weight_scale") in quantised(TINY).aliases


def test_what_is_int8_already_stays() -> None:
    """Preparing a stored int8 model loses nothing a second time."""
    once = quantised(TINY)
    twice = quantised(once)
    assert twice.aliases == once.aliases
    assert list(twice.variables) == list(once.variables)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (struct.pack("<I", 5), "its format is 5"),
        (struct.pack("<I", 6) + b"\x40\x00S", "it ends too early"),
    ],
)
def test_what_is_no_model_file_is_told_in_one_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    """A broken download names its file and what is wrong with it."""
    (tmp_path / "model.bin").write_bytes(content)
    with pytest.raises(ModelError, match=why) as raised:
        read_model(tmp_path / "model.bin")
    assert "model.bin" in str(raised.value)


def test_bytes_behind_the_end_are_not_overlooked(tmp_path: Path) -> None:
    """Two files joined by mistake are no model."""
    write_model(tmp_path / "a", TINY)
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes() + b"more")
    with pytest.raises(ModelError, match="4 bytes are left over"):
        read_model(tmp_path / "a")
