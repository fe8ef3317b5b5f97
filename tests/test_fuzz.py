"""A short form of benchmarks/fuzz_pages.py: odd and mangled shops through the notebooks, in one process that forks for each."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent


@pytest.mark.sweep
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks")
def test_odd_shops_give_plain_words_or_whole_pages_with_every_row():
    told = subprocess.run([sys.executable, "benchmarks/fuzz_pages.py", "10"], cwd=PROJECT, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    summary = told.stdout.splitlines()[-1]
    counts = {what: int(n) for what, n in re.findall(r"([a-zA-Z][a-zA-Z ]*) (\d+)", summary.partition(": ")[2])}
    assert set(map(str.strip, counts)) <= {"page", "refused"}, told.stdout
    assert sum(counts.values()) == 10
    assert counts["page"] >= 4
