"""What does not fit into memory: where it goes, what is told when it does not fit there either, and what is left."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from segkit.data import engines
from segkit.data.readers import scratch
from segkit.report import runner
from segkit.words.errors import DataError

SPILL = """
import os, signal
from segkit.data import engines
from segkit.data.readers import scratch
con = engines.embedded()
con.raw_sql("CREATE TEMP TABLE t AS SELECT range AS a, random()::VARCHAR || random()::VARCHAR || random()::VARCHAR AS b "
            "FROM range({rows})")
files = [p for p in scratch.folder().rglob('*') if p.is_file() and p.stat().st_size]
print(scratch.folder(), sum(p.stat().st_size for p in files), flush=True)
"""


def run(text, folder, **environment):
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, cwd=folder,
                          env={**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(Path(__file__).parents[2]), **environment})


@pytest.mark.skipif(scratch.fcntl is None, reason="needs POSIX locks")
def test_it_spills_beside_no_data_and_leaves_nothing(tmp_path):
    done = run(SPILL.format(rows=1_000_000), tmp_path, SEGKIT_MEMORY="40MB")
    assert done.returncode == 0, done.stderr
    folder, size = done.stdout.split()
    assert folder.startswith(f"{tmp_path}/{scratch.PREFIX}")
    assert int(size) > 10_000_000
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(scratch.fcntl is None, reason="needs POSIX locks")
def test_what_a_killed_process_left_is_swept(tmp_path):
    killed = run(SPILL.format(rows=10) + "os.kill(os.getpid(), signal.SIGKILL)", tmp_path)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    living = subprocess.Popen([sys.executable, "-c", SPILL.format(rows=10) + "input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              env={**os.environ, "TMPDIR": str(tmp_path)}, cwd=tmp_path)
    try:
        owned = Path(living.stdout.readline().split()[0].decode())
        assert not left.exists()
        scratch.sweep(tmp_path)
        assert owned.exists()  # its owner lives
    finally:
        living.communicate(b"\n")
    assert list(tmp_path.iterdir()) == []


def test_a_killed_reading_leaves_no_copy_of_the_text(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_bytes("mã,tên\r".encode("utf-16") + "1,Đinh\r".encode("utf-16-le") * 1000)
    text = ("import os, signal, segkit.data.readers.textfile as t\nt._load = lambda *a: os.kill(os.getpid(), signal.SIGKILL)\n"
            f"from segkit.data import open\nopen.table({str(path)!r})")
    assert run(text, tmp_path).returncode == -signal.SIGKILL
    scratch.sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_while_spilling_is_told_in_plain_words(tmp_path):
    text = SPILL.format(rows=1_000_000).replace("con.raw_sql(", "con.raw_sql(\"SET max_temp_directory_size = '5MB'\")\ncon.raw_sql(", 1)
    done = run(text, tmp_path, SEGKIT_MEMORY="40MB")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-2:]
    assert "the data: need more room than there is: DuckDB may use 38.1 MiB of memory and 4.7 MiB of" in last[0]
    assert last[1] == "  → free disk space, name a larger disk in TMPDIR, or allow more memory: SEGKIT_MEMORY=8GB"


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 16 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "segkit-test", str(folder)]
    if not shutil.which("mount") or (told := subprocess.run(command, capture_output=True, text=True)).returncode:
        pytest.skip(f"no disk of its own may be mounted: {told.stderr.strip() if shutil.which('mount') else 'no mount'}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full_while_it_spills_is_told_in_plain_words(small_disk):
    text = SPILL.format(rows=1_000_000).replace("con.raw_sql(", "con.raw_sql(\"SET max_temp_directory_size = '1GB'\")\ncon.raw_sql(", 1)
    done = run(text, small_disk, SEGKIT_MEMORY="40MB")
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-2:]
    assert "the data: need more room than there is: DuckDB may use 38.1 MiB of memory and 953.6 MiB of" in last[0]
    assert last[1] == "  → free disk space, name a larger disk in TMPDIR, or allow more memory: SEGKIT_MEMORY=8GB"
    assert not [p for p in small_disk.iterdir() if p.name.startswith(scratch.PREFIX)]  # and the disk is free again


def test_a_full_disk_is_a_fault_where_tables_are_checked(tmp_path, monkeypatch):
    import duckdb

    told = engines.embedded()._told(duckdb.IOException('IO Error: Could not write file "x": No space left on device'))
    assert "need more room than there is" in told.found


@pytest.mark.parametrize("limit", ["much", "8 apples"])
def test_a_memory_limit_that_is_none(tmp_path, limit):
    done = run("from segkit.data import engines\nengines.embedded()", tmp_path, SEGKIT_MEMORY=limit)
    assert f"the variable SEGKIT_MEMORY: is '{limit}', not an amount of memory" in done.stderr


@pytest.mark.parametrize("told", ["none", "0", "-2", "1.5"])
def test_a_number_of_threads_that_is_none(monkeypatch, told):
    monkeypatch.setenv(engines.THREADS, told)
    with pytest.raises(DataError, match=f"SEGKIT_THREADS: is '{told}', not a number of threads"):
        engines.threads()


def test_a_build_shares_the_processors_out_unless_told_otherwise(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr("segkit.report.kernel_server.provisioner", lambda several: "plain")
    monkeypatch.setattr(runner, "_UNUSED", ())  # of a process that builds; this one goes on
    for own, jobs, found in ((None, 1, "8"), (None, 3, "2"), (None, 16, "1"), ("5", 3, "5")):
        with monkeypatch.context() as outside:
            for name, value in runner.environment().items():
                outside.setenv(name, value)
            outside.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", "plain")
            outside.setenv(engines.THREADS, own or "")
            runner.prepare(jobs)
            assert os.environ[engines.THREADS] == found


def test_threads_are_those_of_the_environment(tmp_path):
    done = run("from segkit.data import engines\nprint(engines.embedded().con.execute("
               "\"SELECT current_setting('threads')\").fetchone()[0])", tmp_path, SEGKIT_THREADS="3")
    assert done.stdout.split() == ["3"]


def test_the_default_is_half_of_the_memory_and_at_most_two_and_a_half_gigabytes(monkeypatch):
    monkeypatch.delenv(engines.MEMORY, raising=False)
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 1 << 20}.get)
    assert engines._memory_limit() == "2048MiB"
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 1 << 24}.get)
    assert engines._memory_limit() == "2384MiB"


def test_another_user_s_folder_is_left_alone(tmp_path):
    foreign = tmp_path / f"{scratch.PREFIX}x"
    foreign.mkdir()  # without a lock: being made, or not ours
    scratch.sweep(tmp_path)
    assert foreign.exists()


def test_the_scratch_folder_is_in_the_temporary_folder():
    assert scratch.folder().parent == Path(tempfile.gettempdir())
