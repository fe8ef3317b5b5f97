"""A short form of benchmarks/hostile.py: studies, files and notebooks from strangers give plain words, never a traceback or a hang."""

import importlib.util
from pathlib import Path

import pytest

from segkit.data.readers import sandbox

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "hostile.py"


@pytest.mark.sweep
@pytest.mark.parametrize(("kind", "n"), [("studies", 24), ("files", 18), ("notebooks", 40)])
def test_what_strangers_hand_over_gives_plain_words(tmp_path, monkeypatch, capsys, kind, n):
    spec = importlib.util.spec_from_file_location("hostile", SCRIPT)
    hostile = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hostile)
    monkeypatch.setattr(sandbox, "SECONDS", 0.5)
    told = getattr(hostile, kind)(tmp_path, n, seed=n)
    assert set(told) <= {"taken", "refused"}, capsys.readouterr().out
    assert sum(told.values()) == n
    assert told["refused"] > n / 4
