from __future__ import annotations

import pytest

from synthem.progress import track


def test_no_bar_without_a_terminal(capsys):
    assert list(track(range(3), total=3, label="tiles")) == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_a_bar_on_request(capsys):
    assert list(track(range(3), total=3, label="tiles", show=True)) == [0, 1, 2]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "tiles" in captured.err
    assert "3/3" in captured.err


def test_errors_pass_through(capsys):
    def failing():
        yield 1
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        list(track(failing(), total=3, label="tiles", show=True))
