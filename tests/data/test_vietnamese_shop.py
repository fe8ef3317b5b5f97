"""The simulated shop: the generator gives the files that are bundled, byte for byte, and says what they are."""

import subprocess
import sys

import pytest

from segkit.data import open as sources
from segkit.data import samples

FILES = ("purchases", "shop", "loyalty", "web")


def test_the_generator_gives_the_bundled_files(tmp_path):
    done = subprocess.run([sys.executable, "data/vietnamese_shop/make.py", str(tmp_path)], cwd=samples.PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name in FILES:
        assert (tmp_path / f"{name}.parquet").read_bytes() == samples.path(f"vietnamese_shop.{name}").read_bytes(), name


@pytest.mark.parametrize("name", FILES)
def test_every_table_says_that_it_is_simulated(name):
    entry = samples.describe(f"vietnamese_shop.{name}")
    assert "simulated" in entry["title"].lower()
    assert entry["description"].startswith("SIMULATED")
    assert entry["note"].startswith("SIMULATED")


def test_purchases_are_of_known_accounts():
    accounts = {*sources.table("vietnamese_shop.shop").customer_id.execute(), *sources.table("vietnamese_shop.web").account_id.execute()}
    bought = sources.table("vietnamese_shop.purchases").execute()
    assert set(bought["account"]) <= accounts
    assert bought["amount"].gt(0).all()
    assert bought["date"].is_monotonic_increasing
