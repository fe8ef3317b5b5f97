import numpy as np
import pandas as pd
import pytest

from segkit.segmentation import kmeans, representativeness, resampling


def mean(values, weights):
    return (weights @ values / weights.sum(axis=1))[:, None]


def test_draws_spread_as_the_mean_does_and_do_not_depend_on_chunks(monkeypatch):
    spend = np.random.default_rng(0).lognormal(size=600)
    made = resampling.draws(spend, mean, n_draws=800)
    assert made.std() == pytest.approx(spend.std() / np.sqrt(600), rel=0.1)
    monkeypatch.setattr(resampling, "_CHUNK", 6000)
    np.testing.assert_allclose(resampling.draws(spend, mean, n_draws=800), made)


def test_of_very_many_customers_a_part_is_drawn_and_the_spread_is_that_of_all(monkeypatch):
    spend = np.random.default_rng(0).lognormal(size=9_000)
    monkeypatch.setattr(resampling, "MAX_CUSTOMERS", 1_000)
    made = resampling.draws(spend, mean, n_draws=800)
    assert made.mean() == pytest.approx(spend.mean(), rel=0.01)
    assert made.std() == pytest.approx(spend.std() / np.sqrt(9_000), rel=0.2)


def test_the_leader_leads_in_most_draws():
    rng = np.random.default_rng(0)
    level = resampling.leader(rng.normal(size=(2000, 2)), ["a", "b"])
    assert level["lead_share"] == pytest.approx(0.5, abs=0.05)
    assert level["is_level"]
    ahead = resampling.leader(rng.normal((0, 5, np.nan), 1, (2000, 3)), ["a", "b", "c"])
    assert ahead[["leader", "second", "is_level"]].to_list() == ["b", "a", False]
    assert resampling.leader(rng.normal((0, 9), 1, (9, 2)), ["a", "b"], highest=False)["leader"] == "a"


def test_known_customers_are_compared_with_the_others():
    rng = np.random.default_rng(3)
    base = pd.DataFrame({"monetary": rng.gamma(2, 50, 900), "frequency": rng.poisson(4, 900) + 1})
    by_lot = representativeness.compare(base, base.index[:300])
    assert (by_lot["ratio_low"] <= 1).all()
    assert (by_lot["ratio_high"] >= 1).all()
    assert representativeness.said(by_lot, 1 / 3)[0] == representativeness.LIKE
    loyal = base["monetary"].nlargest(300).index
    found = representativeness.compare(base, loyal)
    rest = base.drop(loyal)["monetary"].mean()
    assert found.loc["monetary", "ratio"] == pytest.approx(base.loc[loyal, "monetary"].mean() / rest)
    assert found.loc["monetary", "ratio_low"] > 1.5
    sentence, values = representativeness.said(found, 1 / 3)
    assert sentence == representativeness.UNLIKE
    assert [values["known"], values["unknown"]] == [300, 600]
    mixed = base.sample(frac=1, random_state=2)
    pd.testing.assert_frame_equal(representativeness.compare(mixed, loyal), found)


@pytest.mark.parametrize(("n_known", "sentence"), [(0, representativeness.NOBODY), (4, representativeness.ALL)])
def test_without_two_sides_nothing_is_compared(n_known, sentence):
    base = pd.DataFrame({"monetary": [1.0, 2, 3, 4]})
    found = representativeness.compare(base, base.index[:n_known])
    assert found.empty
    assert representativeness.said(found, n_known / 4) == (sentence, {})


def test_known_shares_of_segments():
    X = pd.DataFrame({"visits": [1, 2, 1, 9, 8, 9.0]})
    found = representativeness.by_segment(kmeans.segment(X, 2, random_state=1), pd.Index([0, 3, 4, 99]))
    assert found[["size", "n_known"]].values.tolist() == [[3, 1], [3, 2]]
