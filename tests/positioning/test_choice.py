"""Multinomial logit: against statsmodels, a likelihood written out in loops, differences of it, and closed forms."""

import warnings

import numpy as np
import pandas as pd
import pytest

from segkit.positioning import choice, elasticity
from segkit.words.errors import DataError

BETA = {"price": -1.2, "display": 0.8}
APPEAL = {"A": 0.0, "B": 0.5, "C": -0.4}


def panel(n=400, seed=0, households=80, beta=BETA, appeal=APPEAL, gaps=False):
    """Choices drawn by the model itself; with `gaps` some brands are not there on some occasions."""
    rng = np.random.default_rng(seed)
    t = pd.DataFrame({"occasion": np.repeat(np.arange(n), len(appeal)), "brand": list(appeal) * n})
    t["price"], t["display"] = rng.uniform(1, 3, len(t)).round(2), rng.integers(0, 2, len(t))
    t["household"] = t["occasion"] % households
    if gaps:
        t = t[(rng.random(len(t)) < 0.8) | (t["brand"] == "A")]
    u = sum(b * t[v] for v, b in beta.items()) + t["brand"].map(appeal) + rng.gumbel(size=len(t))
    return t.assign(chosen=(u == u.groupby(t["occasion"]).transform("max")).astype(int)).reset_index(drop=True)


def by_loop(t, model_terms, beta):
    """The log-likelihood in plain loops."""
    total = 0.0
    for _, rows in t.groupby("occasion"):
        u = [sum(b * (float(str(r.brand) == v.removeprefix(choice.CONSTANT)) if v.startswith(choice.CONSTANT) else getattr(r, v))
                 for v, b in zip(model_terms, beta, strict=True)) for r in rows.itertuples()]
        total += u[list(rows["chosen"]).index(1)] - np.log(sum(np.exp(x) for x in u))
    return total


@pytest.mark.parametrize("gaps", [False, True])
def test_the_same_as_statsmodels(gaps):
    from statsmodels.discrete.conditional_models import ConditionalLogit

    t = panel(gaps=gaps)
    t = t[t.groupby("occasion")["brand"].transform("size") > 1]
    ours = choice.fit(t, ["price", "display"])
    X = t[["price", "display"]].assign(**{f"constant: {b}": (t["brand"] == b).astype(float) for b in "BC"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = ConditionalLogit(t["chosen"], X, groups=t["occasion"]).fit(disp=False, method="newton")
    assert ours.coefficients.index.to_list() == X.columns.to_list()
    assert ours.coefficients["coefficient"].to_numpy() == pytest.approx(theirs.params.to_numpy(), abs=1e-6)
    assert ours.coefficients["standard_error"].to_numpy() == pytest.approx(theirs.bse.to_numpy(), rel=1e-4)
    assert ours.log_likelihood == pytest.approx(theirs.llf, abs=1e-6)


@pytest.mark.parametrize("gaps", [False, True])
def test_a_maximum_of_the_likelihood_written_out(gaps):
    t = panel(120, gaps=gaps)
    found = choice.fit(t, ["price", "display"])
    beta, terms = found.coefficients["coefficient"].to_numpy(), list(found.coefficients.index)
    sizes = t.groupby("occasion").size()
    assert found.log_likelihood == pytest.approx(by_loop(t, terms, beta), abs=1e-8)
    assert found.null_log_likelihood == pytest.approx(-np.log(sizes[sizes > 1]).sum())
    h = 1e-4
    slope = [(by_loop(t, terms, beta + d) - by_loop(t, terms, beta - d)) / (2 * h) for d in h * np.eye(len(beta))]
    assert np.abs(slope).max() < 1e-4
    curve = [(by_loop(t, terms, beta + d) - 2 * by_loop(t, terms, beta) + by_loop(t, terms, beta - d)) / h**2 for d in h * np.eye(len(beta))]
    assert -np.array(curve) == pytest.approx(np.diag(np.linalg.inv(found.covariance)), rel=1e-3)


def test_constants_alone_give_the_shares():
    """log(share of B / share of A) in closed form."""
    t = panel(300)
    found = choice.fit(t, [])
    share = t.groupby("brand")["chosen"].sum()
    assert found.coefficients.loc["constant: B", "coefficient"] == pytest.approx(np.log(share["B"] / share["A"]))
    assert found.explained_share == pytest.approx(1 - (share * np.log(share / 300)).sum() / (-300 * np.log(3)))


def test_clustered_errors_by_hand():
    t = panel(60, households=15)
    found = choice.fit(t, ["price"], customer_id="household", constants=False)
    beta = found.coefficients.loc["price", "coefficient"]
    score, bread = {}, 0.0
    for _, rows in t.groupby("occasion"):
        p = np.exp(beta * rows["price"]) / np.exp(beta * rows["price"]).sum()
        mean = (p * rows["price"]).sum()
        bread += (p * (rows["price"] - mean) ** 2).sum()
        household = rows["household"].iloc[0]
        score[household] = score.get(household, 0.0) + ((rows["chosen"] - p) * rows["price"]).sum()
    expected = np.sqrt(sum(s**2 for s in score.values()) * 15 / 14) / bread
    assert found.coefficients.loc["price", "standard_error"] == pytest.approx(expected)
    assert found.clustered


def test_the_order_of_rows_does_not_matter():
    t = panel(100)
    one, two = (choice.fit(x, ["price", "display"]).coefficients for x in (t, t.sample(frac=1, random_state=3)))
    pd.testing.assert_frame_equal(one, two, rtol=1e-7)


def test_elasticities_are_changes_of_expected_choices():
    """A hundredth of a percent more price, by the simulator, against the elasticity."""
    t = panel(gaps=True).assign(segment=lambda x: np.where(x["occasion"] % 3 == 0, "s", "t"))
    model = choice.fit(t, ["price", "display"])
    table = elasticity.elasticities(model, t, "price").set_index(["changed_brand", "brand"])
    moved = elasticity.simulate(model, t, {"A": {"price": 1.0001}})
    for brand in "ABC":
        assert table.loc[("A", brand), "elasticity"] == pytest.approx(
            moved.loc[brand, "share_change"] / moved.loc[brand, "share_before"] / 1e-4, rel=1e-3)
    assert (table["elasticity_low"] < table["elasticity"]).all()
    assert table.loc[("A", "A"), "elasticity"] < 0 < table.loc[("A", "B"), "elasticity"]
    by_segment = elasticity.elasticities(model, t, "price", segment="segment")
    alone = elasticity.elasticities(model, t[t["segment"] == "s"], "price")
    assert by_segment[by_segment["segment"] == "s"]["elasticity"].to_list() == pytest.approx(alone["elasticity"].to_list())


def test_one_occasion_in_closed_form():
    """Own β x (1 − P), cross −β x P."""
    t = panel(200)
    model = choice.fit(t, ["price"], constants=False)
    one = t[t["occasion"] == 0]
    beta = model.coefficients.loc["price", "coefficient"]
    p = np.exp(beta * one["price"]) / np.exp(beta * one["price"]).sum()
    table = elasticity.elasticities(model, one, "price").set_index(["changed_brand", "brand"])["elasticity"]
    x, share = one["price"].to_numpy(), p.to_numpy()
    assert table["A"].to_list() == pytest.approx([beta * x[0] * (1 - share[0]), -beta * x[0] * share[0], -beta * x[0] * share[0]])


def test_shares_after_a_change_sum_to_one():
    t = panel()
    moved = elasticity.simulate(choice.fit(t, ["price", "display"]), t, {"A": {"price": 0.9}, "B": {"price": 1.2}})
    assert moved[["share_before", "share_after"]].sum().to_list() == pytest.approx([1, 1])
    assert moved["share_before"].to_list() == pytest.approx(t.groupby("brand")["chosen"].sum().div(400).to_list())  # with constants
    assert moved.loc["A", "change_low"] > 0
    same = elasticity.simulate(choice.fit(t, ["price"]), t, {"A": {"price": 1.0}})
    assert same[["share_change", "change_low", "change_high"]].abs().to_numpy().max() == 0


@pytest.mark.parametrize(("change", "words"), [
    (lambda t: t.assign(income=t["occasion"] % 7), "'income'.*is the same for all brands of every occasion"),
    (lambda t: t.assign(income=2 * t["price"] + 1), "follows from the other variables"),
    (lambda t: t.assign(income=(t["brand"] == "B").astype(float)), "follows from the other variables"),
    (lambda t: t.assign(income=t["chosen"] * 2.0), "without fail by 'income' .separation."),
    (lambda t: t.assign(income=np.where(t["occasion"] == 0, np.nan, 1.0)), "missing or infinite"),
    (lambda t: t.assign(income="much"), "is not numeric"),
    (lambda t: t.assign(income=t["price"] ** 2, chosen=t["chosen"].where(t["occasion"] > 0, 0)), "1 occasions have not exactly one"),
    (lambda t: t.assign(income=t["price"] ** 2, brand="A"), "fewer than two brands|repeat a brand"),
    (lambda t: t.assign(income=t["price"] ** 2).loc[lambda x: (x["brand"] == "A") == (x["chosen"] == 1)], "never chosen|fewer than two"),
])
def test_what_cannot_be_estimated_is_told(change, words):
    with pytest.raises(DataError, match=words):
        choice.fit(change(panel(60)), ["price", "income"])


def test_near_separation_has_an_estimate():
    """One choice against the rule is enough for a finite maximum."""
    t = panel(60).assign(rule=lambda x: x["chosen"] * 2.0)
    first = t.index[t["occasion"] == 0]
    t.loc[first, "rule"] = t.loc[first, "rule"].to_numpy()[[1, 2, 0]]
    assert np.isfinite(choice.fit(t, ["rule"], constants=False).coefficients.to_numpy()).all()


def test_errors_of_names_are_told():
    model = choice.fit(panel(60), ["price"])
    with pytest.raises(DataError, match="'prize'"):
        elasticity.elasticities(model, panel(60), "prize")
    with pytest.raises(DataError, match="'Z'"):
        elasticity.simulate(model, panel(60), {"Z": {"price": 1}})
    with pytest.raises(DataError, match="no number"):
        elasticity.simulate(model, panel(60), {"A": {"price": float("nan")}})
