"""Whatever ends a build, every page is whole, the next build completes, and nothing is left running."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from segkit.report import build_state

CASE = "notebook: 05-brand-case\ntitle: {title}\nlanguages: [en, vi]\nparameters: {{brand: pepsi}}\n"
NAMES = ("crash-a", "crash-b")
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")

STEPS = """\
import os, signal, sys
from pathlib import Path
import nbformat
from segkit.report import build, build_state, page, runner
folder, study, text = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
runner.prepare = runner.ready = lambda *_, **named: None
runner.run = lambda *_, **named: nbformat.v4.new_notebook()
build.commit = lambda: ""

def dying(do, last, counted=[0]):
    def done(*given, **more):
        counted[0] += 1
        if counted[0] == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return do(*given, **more)
    return done

def built(title, last=0):
    study.write_text(text.format(title=title))
    child = os.fork()
    if not child:
        os.fsync, Path.replace, Path.unlink = (dying(do, last) for do in (os.fsync, Path.replace, Path.unlink))
        outcome = build.build([study.stem], folder)
        os._exit(len(outcome.failed))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def pages():
    return {p.name: p.read_bytes() for p in folder.glob("crash-*.html")}

whole = {}
for title in ("new", "old"):
    assert built(title) == 0
    whole[title] = pages()
n, killed = 0, True
while killed:
    n += 1
    code = built("new", n)
    killed = code == -signal.SIGKILL
    assert killed or code == 0, code
    assert all(text in (whole["old"][name], whole["new"][name]) for name, text in pages().items()), f"step {n}: not whole"
    assert built("old") == 0
    assert pages() == whole["old"], f"step {n}: pages of the change stayed"
    assert not list(folder.rglob("*.partial")), f"step {n}: left a partial file"
print(n - 1, "steps")
"""


def write_studies(project, title):
    for name in NAMES:
        project.study(name, CASE.format(title=title))


def pages_of(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.glob("crash-*.html")}


@pytest.fixture(scope="module")
def versions(project, tmp_path_factory):
    """The pages of two versions of two studies."""
    made = {}
    for title in ("old", "new"):
        folder = tmp_path_factory.mktemp(title)
        write_studies(project, title)
        told = project.segkit("build", *NAMES, "--to", str(folder))
        assert told.returncode == 0, told.stderr
        made[title] = pages_of(folder)
    yield made
    for name in NAMES:
        (project.path / "reports" / f"{name}.yaml").unlink()


def check_whole(folder: Path, versions: dict) -> None:
    for name, text in pages_of(folder).items():
        assert text in (versions["old"][name], versions["new"][name]), f"{name} is not whole"


def started(project, *arguments, **environment) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-m", "segkit.cli", "build", *arguments], cwd=project.path, text=True,
                            env={**os.environ, "PYTHONPATH": str(project.path), **environment},
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def living(mark: str) -> list[str]:
    """Processes that were started with a mark among their variables."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            pass
    return found


@pytest.mark.sweep
@LINUX
@pytest.mark.parametrize("kind", ["warm", "plain"])
def test_kill_9_at_any_moment(project, versions, tmp_path, kind):
    moments = random.Random(20)
    mark = f"SEGKIT_TEST_MARK_{uuid.uuid4().hex}"
    for n in range(4):
        write_studies(project, ("new", "old")[n % 2])
        running = started(project, "--force", *NAMES, "--to", str(tmp_path), SEGKIT_KERNELS=kind, **{mark: "1"})
        time.sleep(moments.uniform(0.3, 5))
        running.kill()
        running.communicate()
        check_whole(tmp_path, versions)
        deadline = time.monotonic() + 10
        while (left := living(mark)) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not left
    write_studies(project, "new")
    told = project.segkit("build", *NAMES, "--to", str(tmp_path))
    assert told.returncode == 0, told.stderr
    assert pages_of(tmp_path) == versions["new"]
    assert not list(tmp_path.rglob("*.partial"))


@LINUX
@pytest.mark.parametrize("moment", [1.5, 4])
def test_a_killed_warm_process_is_done_without(project, versions, tmp_path, moment):
    """As the out-of-memory killer does: the build goes on with plain kernels, says so, and ends."""
    write_studies(project, "new")
    running = started(project, *NAMES, "--to", str(tmp_path), SEGKIT_KERNELS="warm")
    deadline = time.monotonic() + moment
    warm = None
    while time.monotonic() < deadline + 20 and (warm is None or time.monotonic() < deadline):
        warm = next((int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and parent(p) == running.pid
                     and b"segkit.report.warm" in (p / "cmdline").read_bytes()), warm)
        time.sleep(0.05)
    os.kill(warm, signal.SIGKILL)
    said = running.communicate(timeout=120)[1]
    assert running.returncode == 0, said
    assert pages_of(tmp_path) == versions["new"]
    assert "Broken pipe" not in said
    again = project.segkit("build", *NAMES, "--to", str(tmp_path))
    assert "2 unchanged" in again.stdout


def parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@LINUX
def test_a_warm_process_whose_builder_was_killed_ends_quietly(project):
    """It may be about to answer: nobody reads that any more, and nobody is to read of it."""
    warm = subprocess.Popen([sys.executable, "-P", "-m", "segkit.report.warm", str(project.path)], text=True, cwd=project.path,
                            env={**os.environ, "PYTHONPATH": str(project.path)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
    warm.stdin.write('{"poll": 1}\n')
    warm.stdin.flush()
    assert warm.stdout.readline() == "null\n"
    warm.stdout.close()
    warm.stdin.write('{"poll": 1}\n')
    warm.stdin.close()
    assert warm.stderr.read() == ""
    assert warm.wait(20) == 0


def test_kill_9_between_any_two_steps_of_writing(project, tmp_path):
    """Killed before each fsync, rename and removal in turn; then the change is taken back."""
    script = tmp_path / "steps.py"
    script.write_text(STEPS, encoding="utf-8")
    study = project.study("crash-steps", CASE)
    told = project.run(sys.executable, str(script), str(tmp_path / "pages"), str(study), CASE)
    study.unlink()
    assert told.returncode == 0, told.stderr
    assert int(told.stdout.split()[0]) > 12  # digests, two pages, state, index: it was killed at each


def refused(told, folder) -> None:
    assert told.returncode == 2
    assert "cannot be written to" in told.stderr
    assert str(folder) in told.stderr
    assert "Traceback" not in told.stderr + told.stdout


def test_full_disk_is_told_and_the_old_pages_stay(project, versions, tmp_path):
    write_studies(project, "old")
    assert project.segkit("build", *NAMES, "--to", str(tmp_path)).returncode == 0
    write_studies(project, "new")
    told = subprocess.run([sys.executable, "-m", "segkit.cli", "build", *NAMES, "--to", str(tmp_path)], text=True,
                          cwd=project.path, env={**os.environ, "PYTHONPATH": str(project.path)}, capture_output=True,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000)))
    refused(told, tmp_path)
    assert "MB are free" in told.stderr
    assert pages_of(tmp_path) == versions["old"]
    assert not list(tmp_path.rglob("*.partial"))


def test_small_disk_is_told(project, versions, tmp_path):
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", tmp_path],
                                      capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        write_studies(project, "new")
        told = project.segkit("build", *NAMES, "--to", str(tmp_path))
        refused(told, tmp_path)
        assert "No space left on device; 0." in told.stderr
        check_whole(tmp_path, versions)
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_folder_that_cannot_be_made_is_told(project, versions, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    told = project.segkit("build", *NAMES, "--to", str(tmp_path / "file" / "pages"))
    refused(told, tmp_path / "file")
    told = project.segkit("build", "--json", *NAMES, "--to", str(tmp_path / "file" / "pages"))
    assert json.loads(told.stdout)["exit"] == told.returncode == 2


def test_two_builds_at_once_into_one_folder(project, versions, tmp_path):
    write_studies(project, "new")
    both = [started(project, *NAMES, "--to", str(tmp_path)) for _ in range(2)]
    said = [running.communicate(timeout=120) for running in both]
    assert [running.returncode for running in both] == [0, 0], said
    assert sorted("2 unchanged" in out for out, _ in said) == [False, True]
    assert sum("this one waits for it" in err for _, err in said) == 1
    assert pages_of(tmp_path) == versions["new"]


def test_file_and_folder_are_on_the_disk_before_and_after_the_rename(monkeypatch, tmp_path):
    done = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (done.append(os.path.basename(os.readlink(f"/proc/self/fd/{fd}"))), fsync(fd)))
    monkeypatch.setattr(Path, "replace", lambda self, to: (done.append(f"→ {to.name}"), replace(self, to)))
    build_state.write(tmp_path, {"a": "1", "b": "2"})
    assert [d.split(".")[1] if d.startswith(".") else d for d in done] == ["a", "b", "→ a", "→ b", tmp_path.name]
