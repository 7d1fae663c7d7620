"""Files are written whole or not at all."""

import os
import stat

import pytest

from ce_course.support.files import write_whole


def test_the_text_and_the_folder_are_there(tmp_path):
    path = write_whole(tmp_path / "new" / "a.txt", "é\n")
    assert path.read_bytes() == "é\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch, step):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def broken(*args):
        raise OSError("disk")

    monkeypatch.setattr(os, step, broken)
    with pytest.raises(OSError, match="disk"):
        write_whole(path, "new")
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "old"


def test_the_old_text_stays_until_the_new_one_is_complete(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old")
    seen = []
    monkeypatch.setattr(os, "fsync", lambda handle: seen.append(path.read_text()))
    write_whole(path, "new")
    assert seen == ["old"] and path.read_text() == "new"
