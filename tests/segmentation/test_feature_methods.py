"""Methods of features: k-means as ever, k-medians with what can be said of it, and others refused with a way out."""

import numpy as np
import pandas as pd
import pytest
import yaml

from segkit.data import tables
from segkit.report import preflight
from segkit.segmentation import feature_methods, history, how_many, kmedians, prediction
from segkit.words.errors import DataError

NAMES = ["frequency", "average_basket"]


@pytest.fixture(scope="module")
def shop():
    """Two kinds of customers, told apart by how often they buy and for how much, and their purchases."""
    rng, rows = np.random.default_rng(5), []
    for i in range(120):
        gap, basket = np.array(((6, 10), (30, 80))[i % 2]) * np.exp(rng.normal(0, (0.3, 0.5)))
        days = np.cumsum(rng.integers(1, int(2 * gap), int(365 / gap)))
        rows += [(f"K{i:03d}", pd.Timestamp("2024-01-01") + pd.Timedelta(days=int(d)), round(rng.gamma(9, basket / 9), 2))
                 for d in days[days < 365]]
    table = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    bought = history.read(tables.load(table, "transactions"), random_state=1)
    return bought.features(NAMES), bought


def test_k_means_is_what_it_was(shop):
    X, _ = shop
    found = feature_methods.way().found(X, [2, 3], None, None, 1)
    solutions = how_many.solutions(X, [2, 3], "log", random_state=1)
    pd.testing.assert_frame_equal(found.chosen.assignments, how_many.choose(solutions, found.chosen.k).assignments)
    pd.testing.assert_frame_equal(found.evidence.dropna(axis=1, how="all"),
                                  how_many.evidence(X, solutions, "log", random_state=1).dropna(axis=1, how="all"))


def test_k_medians_finds_the_two_kinds_and_tells_what_it_can(shop):
    X, bought = shop
    how = feature_methods.way("k-medians")
    found = how.found(X, [2, 3], None, bought, 1)
    kind = pd.Series(np.arange(120) % 2, X.index)
    assert pd.crosstab(found.chosen.labels, kind).to_numpy().min() <= 6
    assert found.recommended.k == 2
    own = np.log1p(X)
    Z = (own - own.mean()) / own.std(ddof=0)
    centre = Z.groupby(found.chosen.labels).median()
    by_hand = sum((Z[found.chosen.labels == s] - centre.loc[s]).abs().to_numpy().sum() for s in centre.index)
    assert found.chosen.summary["criterion"].iloc[0] == pytest.approx(by_hand)
    told = found.evidence.loc[2]
    assert told["verdict"] == "reproducible"
    assert told["halves_agreement"] > 0.8
    assert told[["border_density", "border_reached"]].isna().all()
    assert found.evidence.loc[3, ["global_stability", "halves_agreement"]].isna().all()  # not asked for
    assert how.found(X, [2, 3], 3, bought, 1).evidence["global_stability"].notna().all()
    within = how.within(X, found.chosen, 1)
    assert within.groupby("segment")["jaccard"].median().min() > 0.9


def test_the_saved_rule_takes_features_as_they_are(shop):
    X, _ = shop
    made = kmedians.segment(X, 2, scale="log", random_state=1)
    assert prediction.labels(made, X).to_list() == made.labels.to_list()


@pytest.mark.parametrize(("method", "said"), [
    ("jaccard", "is for answers and categories"), ("latent-class", "give the notebook 07-survey"),
    ("ward-gower", "take k-means or k-medians"), ("kmedians", "did you mean `k-medians`")])
def test_other_methods_are_refused_with_what_to_do(method, said):
    with pytest.raises(DataError) as told:
        feature_methods.way(method)
    assert said in str(told.value)


@pytest.mark.parametrize(("parameters", "said"), [
    ({"method": "latent-class"}, "give the notebook 07-survey"), ({"variables": ["frequency", "age"]}, "'age'"),
    ({"k": 9}, "is not compared"), ({"method": "k-medians"}, "")])
def test_check_tells_it_before_a_run(tmp_path, parameters, said):
    path = tmp_path / "shop.yaml"
    path.write_text(yaml.safe_dump({"notebook": "02-segmentation", "title": "A shop", "parameters": {
        "data": "cdnow.transactions", "columns": {"customer_id": "customer_id", "date": "date", "amount": "amount"},
        "customer_data": "", "customer_columns": {}, **parameters}}))
    told = "\n".join(map(str, preflight.examine(str(path)).faults))
    assert said in told
    assert bool(told) == bool(said)
