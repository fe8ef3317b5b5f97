"""The simulated shop: the generator gives the files that are bundled, byte for byte, and says what they are."""

import subprocess
import sys

import pytest

from segkit.data import open as sources
from segkit.data import samples

FILES = ("purchases", "shop", "loyalty", "web", "lines", "events", "contacts", "campaigns")
UNCHANGED = "8dec9bab66406a9234221317fe18507841082b45013c546a6a7ec95ec2c6b8e3"


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


def test_purchases_are_what_they_were_before_lines_and_events_came():
    assert samples.sha256(samples.path("vietnamese_shop.purchases")) == UNCHANGED


def test_lines_add_up_to_the_purchases():
    bought, lines = (sources.table(f"vietnamese_shop.{name}").execute() for name in ("purchases", "lines"))
    assert (lines["quantity"] * lines["unit_price"] == lines["amount"]).all()
    assert lines["amount"].gt(0).all()
    whole = lines.groupby("order_no").agg({"account": "first", "date": "first", "amount": "sum", "channel": "first"})
    assert whole.reset_index(drop=True).equals(bought)
    assert not lines.duplicated(["order_no", "product_type"]).any()


def test_orders_are_the_online_purchases_of_the_year_and_come_after_their_cart():
    bought, seen = (sources.table(f"vietnamese_shop.{name}").execute() for name in ("purchases", "events"))
    online = bought[(bought["channel"] == "online") & (bought["date"] >= "2025-01-01")]
    orders = seen[seen["event"] == "order"]
    assert sorted(zip(orders["account"], orders["date"].dt.normalize(), strict=True)) == sorted(zip(online["account"], online["date"], strict=True))
    assert seen["date"].is_monotonic_increasing
    assert seen["term"].notna().equals(seen["event"] == "search")
    carts = seen[seen["event"] == "cart"]
    assert len(carts) > len(orders), "nobody left a cart"
    assert set(orders["account"]) <= set(carts["account"])


def test_contacts_are_the_accounts_and_say_what_was_agreed():
    listed = sources.table("vietnamese_shop.contacts").execute()
    accounts = [*sources.table("vietnamese_shop.shop").customer_id.execute(), *sources.table("vietnamese_shop.web").account_id.execute()]
    assert sorted(listed["account"]) == sorted(accounts)
    for column in ("consent_email", "consent_phone"):
        assert set(listed[column].dropna()) == {"yes", "no"}
        assert listed[column].isna().mean() == pytest.approx(0.12, abs=0.02)
    assert set(listed["suppressed"]) == {"yes", "no"}
