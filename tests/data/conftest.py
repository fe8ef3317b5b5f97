"""Files shared by the tests of the data room."""

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
