"""Files and time limits shared by the tests of the data room."""

import signal
from contextlib import contextmanager

import pytest


@pytest.fixture
def save(tmp_path):
    """Write a file and give its path: text in an encoding, or bytes as they are."""
    def write(content, name="purchases.csv", encoding="utf-8"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture
def within():
    """A block that must end in a number of seconds."""
    if not hasattr(signal, "setitimer"):
        pytest.skip("needs a POSIX timer")

    @contextmanager
    def limit(seconds):
        def stop(*_):
            raise TimeoutError(f"not done after {seconds} s")

        before = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    return limit
