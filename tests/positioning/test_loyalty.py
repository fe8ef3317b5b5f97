"""Frequency and requirements by group: against the measures of the group's own purchases."""

import numpy as np
import pandas as pd
import pytest

from segkit.positioning import brands, loyalty


def purchases(n=120, seed=0):
    rng = np.random.default_rng(seed)
    often = rng.poisson(4, n) + 1
    customer = np.repeat(np.arange(n), often)
    return pd.DataFrame({"customer_id": customer, "brand": rng.choice(list("ABC"), len(customer), p=[0.6, 0.3, 0.1]),
                         "amount": rng.integers(100, 900, len(customer)) / 100,
                         "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 90 * 24, len(customer)), unit="h")})


GROUPS = pd.Series({i: ("even", "odd")[i % 2] for i in range(115)})


def test_a_group_is_what_its_own_purchases_say():
    table = purchases()
    found = loyalty.by_segment(table, GROUPS)
    for name, own in (("even", 0), ("odd", 1)):
        alone = brands.performance(table[(table["customer_id"] % 2 == own) & (table["customer_id"] < 115)])
        enough = alone[alone["n_buyers"] >= loyalty.LEAST]
        part = found.xs(name, level="segment")
        assert set(part.index) == set(enough.index)
        for column in loyalty.COLUMNS:
            assert part[column].to_dict() == pytest.approx(enough[column].to_dict())


def test_small_cells_are_left_out():
    found = loyalty.by_segment(purchases(), GROUPS)
    assert (found["n_buyers"] >= loyalty.LEAST).all()
    assert 0 < len(found) < 6
    few = loyalty.by_segment(purchases(20), GROUPS.iloc[:20])
    assert few.empty
    assert few.attrs["left_out"] == loyalty.TOO_FEW
    assert loyalty.by_segment(purchases(), pd.Series(dtype=object)).attrs["left_out"] == loyalty.NO_GROUPS
