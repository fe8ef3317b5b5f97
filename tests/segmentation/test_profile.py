import json
import warnings
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import pdist
from scipy.stats.contingency import association
from statsmodels.stats.oneway import anova_oneway

from segkit import report
from segkit.data import customers, tables
from segkit.data.samples import PROJECT
from segkit.plots import segmentation as draw_segments
from segkit.plots import stability, theme
from segkit.segmentation import behaviour, circularity, kmeans, profile, rfm, rules
from segkit.segmentation.description import difference, permutation
from segkit.words.errors import DataError, SegkitError

SHARED = PROJECT.parent / "shared"


@pytest.fixture
def described(by_group):
    """200 customers in three segments of unequal size and spread, and what is known of them."""
    rng = np.random.default_rng(0)
    group = pd.Series(rng.choice(list("abc"), 200, p=[0.6, 0.3, 0.1]), index=[f"c{i}" for i in range(200)])
    shift = group.map({"a": 0.0, "b": 0.6, "c": 1.0})
    known = pd.DataFrame({
        "age": 40 + 10 * (shift + rng.normal(0, 1 + shift)), "income": rng.normal(50, 9, 200).round(1),
        "town": np.where(rng.random(200) < 0.3 + 0.3 * shift, "Huế", rng.choice(["Vinh", "Đà Lạt"], 200)),
        "member": rng.random(200) < 0.5, "visits": rng.poisson(3, 200)}, index=group.index)
    known.loc[known.index[:15], "age"] = np.nan
    known.loc[known.index[10:30], "town"] = None
    return known, group, by_group(group)


@pytest.mark.parametrize("name", ["age", "income", "visits"])
def test_numeric_descriptors_equal_welch_and_regression(described, name):
    known, group, segmentation = described
    found = profile.describe(known, segmentation, [name]).loc[name]
    used = pd.DataFrame({"y": known[name], "g": group}).dropna()
    welch = anova_oneway(used["y"].astype(float), used["g"], use_var="unequal", welch_correction=True)
    assert found["n"] == len(used)
    assert found["statistic"] == pytest.approx(welch.statistic, rel=1e-9)
    assert found["p_value"] == pytest.approx(welch.pvalue, rel=1e-8)
    assert found["effect"] == "omega²"
    parts = [part.to_numpy(dtype=float) for _, part in used.groupby("g")["y"]]
    share, variance = np.array([len(p) / len(used) for p in parts]), np.array([p.var(ddof=1) for p in parts])
    mean = np.array([p.mean() for p in parts])
    chance = sum(s * (1 - s) * v / len(p) for s, v, p in zip(share, variance, parts, strict=True))
    between = max(0, sum(share * (mean - used["y"].mean()) ** 2) - chance)
    assert found["effect_size"] == pytest.approx(between / (between + share @ variance), rel=1e-9)
    assert "Welch" in found["test"]


def test_two_segments_equal_the_t_test_of_welch(described, by_group):
    known, group, _ = described
    two = group[group != "c"]
    found = profile.describe(known.loc[two.index], by_group(two), ["income"]).iloc[0]
    t = stats.ttest_ind(known.loc[two.index[two == "a"], "income"], known.loc[two.index[two == "b"], "income"],
                        equal_var=False)
    assert found["statistic"] == pytest.approx(t.statistic**2)
    assert found["p_value"] == pytest.approx(t.pvalue)


@pytest.mark.parametrize("name", ["town", "member"])
def test_other_descriptors_equal_chi_squared_and_cramers_v(described, name):
    known, group, segmentation = described
    found = profile.describe(known, segmentation, [name]).loc[name]
    counts = pd.crosstab(known[name], group)
    assert found["n"] == counts.to_numpy().sum()
    assert found["statistic"] == pytest.approx(stats.chi2_contingency(counts, correction=False).statistic)
    assert found["p_value"] == pytest.approx(stats.chi2_contingency(counts, correction=False).pvalue)
    n, (r, c) = counts.to_numpy().sum(), counts.shape
    squared = association(counts, method="cramer") ** 2 * (min(r, c) - 1)
    fewest = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    assert found["effect_size"] == pytest.approx(np.sqrt(max(0, squared - (r - 1) * (c - 1) / (n - 1)) / fewest))
    assert found["effect"] == "Cramér's V"


def test_hair_and_eye_colour_have_the_published_association(by_group):
    """R: chi-squared 138.29 on 9 degrees of freedom, V .2790; corrected by hand: n = 592, V² = .0778, less 9 / 591."""
    counts = pd.read_csv(PROJECT / "tests" / "reference" / "hair_eye_color.csv", index_col=0)
    people = [(hair, eye) for hair in counts.index for eye in counts.columns for _ in range(counts.loc[hair, eye])]
    hair, eye = (pd.Series(v) for v in zip(*people, strict=True))
    found = profile.describe(pd.DataFrame({"eye": eye}), by_group(hair), ["eye"]).iloc[0]
    assert found["statistic"] == pytest.approx(138.289841626008)
    assert found["effect_size"] == pytest.approx(0.2705, abs=5e-5)
    assert found["p_value"] == pytest.approx(stats.chi2.sf(138.289841626008, 9))
    assert found["note"] == ""


def test_mcdonalds_descriptors_equal_r(by_group):
    """R on the textbook's labels: gender chi-squared 29.845, p 1.488e-6; age F 22.245 on 3 and 1449 degrees."""
    survey, labels = SHARED / "data" / "mcdonalds.csv", SHARED / "reference" / "md_k4_labels_Rounding.csv"
    if not (survey.exists() and labels.exists()):
        pytest.skip("the survey is not beside the project")
    known = pd.read_csv(survey)
    segment = pd.read_csv(labels).iloc[:, -1]
    found = profile.describe(known, by_group(segment), ["Gender", "Age"])
    assert found.loc["Gender", "statistic"] == pytest.approx(29.845, abs=5e-4)
    assert found.loc["Gender", "p_value"] == pytest.approx(1.488e-6, rel=1e-3)
    assert found.loc["Age", "effect_size"] == pytest.approx(3 * 21.245 / (3 * 21.245 + 1453), rel=0.02)
    assert found.loc["Age", "statistic"] != pytest.approx(22.245, rel=1e-3)


def holm(p):
    order, adjusted, highest = np.argsort(p), np.empty(len(p)), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - rank) * p[i]))
        adjusted[i] = highest
    return adjusted


@pytest.mark.parametrize(("adjust", "expected"), [
    ("holm", holm), ("bh", lambda p: stats.false_discovery_control(p, method="bh")), ("none", lambda p: p)])
def test_p_values_are_adjusted_over_all_tested_descriptors(described, adjust, expected):
    known, _, segmentation = described
    found = profile.describe(known.assign(same=1), segmentation, [*known.columns, "same"], adjust)
    tested = found.drop(index="same")
    np.testing.assert_allclose(tested["adjusted_p"], expected(tested["p_value"].to_numpy()))
    assert found.loc["same", ["p_value", "adjusted_p"]].isna().all()
    assert found.loc["same", "note"] == difference.NO_SPREAD


def test_a_segmentation_variable_gets_no_p_value(three_groups):
    segmentation = kmeans.segment(three_groups, 3, random_state=1)
    known = three_groups.assign(other=np.random.default_rng(0).normal(size=90))
    found = profile.describe(known, segmentation, ["visits", "other"])
    assert np.isnan(found.loc["visits", "p_value"])
    assert np.isnan(found.loc["visits", "adjusted_p"])
    assert found.loc["visits", "note"] == profile.CIRCULAR
    assert found.loc["other", "adjusted_p"] == found.loc["other", "p_value"] > 0


def test_what_scores_and_distances_were_made_of_gets_no_p_value(purchases):
    scored = rfm.scores(purchases)
    found = profile.describe(scored, rfm.segment(scored), ["recency_days", "frequency", "r", "tenure_days"])
    assert (found["note"] == profile.CIRCULAR).to_list() == [True, True, True, False]
    assert found["p_value"].isna().to_list() == [True, True, True, False]
    rng = np.random.default_rng(1)
    people = pd.DataFrame({"customer_id": range(200), "latitude": 21 + rng.normal(0, 0.1, 200), "longitude": 105.8})
    near = rules.segment(people, rules.template("radius"))
    told = people.set_index("customer_id").assign(distance_km=rng.random(200), age=rng.random(200))
    notes = profile.describe(told, near, ["latitude", "longitude", "distance_km", "age"])["note"]
    assert (notes == profile.CIRCULAR).to_list() == [True, True, True, False]


def test_a_page_says_that_a_descriptor_formed_the_segments(sales):
    """From the customer file to the display of the page: the variable keeps its effect, and loses its test."""
    base = behaviour.features(tables.load(sales.dropna(), "transactions")).execute().set_index("customer_id")
    chosen = kmeans.segment(base[["frequency", "average_basket"]], 3, scale="log", random_state=1)
    source = base[["frequency"]].assign(town=np.where(np.arange(len(base)) % 3 == 0, "a", "b")).reset_index()
    known = customers.match(customers.load(source), base.index)
    told = profile.describe(known, chosen, customers.descriptors(known, ["frequency", "town"]))
    assert told.loc["frequency", ["p_value", "adjusted_p"]].isna().all()
    assert told.loc["town", "adjusted_p"] == told.loc["town", "p_value"]
    page = json.dumps(report.table("Differences", told, columns=["effect_size", "adjusted_p", "note"]).payload)
    assert profile.CIRCULAR in page
    ax = draw_segments.effect_sizes(told)
    assert len(ax.get_yticklabels()) == 2


def test_names_of_segments_do_not_matter(described):
    known, _, segmentation = described
    other = segmentation.relabel({"a": "z", "b": "x", "c": "y"})
    pd.testing.assert_frame_equal(profile.describe(known, segmentation, list(known)),
                                  profile.describe(known, other, list(known)))


def test_unused_categories_and_segments_change_nothing(described):
    known, _, segmentation = described
    wider = known.assign(town=pd.Categorical(known["town"], ["nowhere", "Vinh", "Huế", "Đà Lạt"]))
    pd.testing.assert_frame_equal(profile.describe(wider, segmentation, ["town"]),
                                  profile.describe(known, segmentation, ["town"]))


def test_customers_who_are_not_known_are_left_out(described):
    known, _, segmentation = described
    part = known.iloc[::2]
    assert profile.describe(part, segmentation, ["income"])["n"].to_list() == [100]
    strangers = known.set_index(known.index + "x")
    found = profile.describe(strangers, segmentation, ["income", "town"])
    assert found["n"].to_list() == [0, 0]
    assert found["note"].to_list() == [difference.TOO_FEW] * 2


@pytest.mark.parametrize(("arguments", "words"), [
    ({"descriptors": ["agee"]}, ["column 'agee'", "did you mean `age`"]),
    ({"descriptors": ["age"], "adjust": "hulm"}, ["`adjust`", "holm, bh, none", "got 'hulm'"]),
])
def test_bad_arguments_are_explained(described, arguments, words):
    known, _, segmentation = described
    with pytest.raises(SegkitError) as error:
        profile.describe(known, segmentation, **arguments)
    assert all(word in str(error.value) for word in words)


SAME_IN_ONE = pd.DataFrame({"group": list("aaabbbccc"), "x": [1.0, 1, 1, 2, 3, 4, 5, 6, 8]})


def test_a_segment_whose_values_are_all_equal_is_noted(by_group):
    segmentation = by_group(SAME_IN_ONE["group"])
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        found = profile.describe(SAME_IN_ONE, segmentation, ["x"]).iloc[0]
    assert found["note"] == difference.NO_SPREAD
    assert found[["statistic", "p_value", "adjusted_p"]].isna().all()
    # by hand: means 1, 3, 19/3, in all 31/9; variances 0, 1, 7/3; each segment a third
    between = ((1 - 31 / 9) ** 2 + (3 - 31 / 9) ** 2 + (19 / 3 - 31 / 9) ** 2) / 3 - 2 / 9 * (1 / 3 + 7 / 9)
    assert found["effect_size"] == pytest.approx(between / (between + 10 / 9))


def test_segments_that_tell_a_value_exactly_have_an_effect_size_of_1(by_group):
    table = pd.DataFrame({"group": list("aabb"), "x": [1.0, 1, 2, 2]})
    assert profile.describe(table, by_group(table["group"]), ["x"])["effect_size"].to_list() == [1.0]


def test_n_counts_the_customers_of_the_test(by_group):
    table = pd.DataFrame({"group": list("aaabbbc"), "x": [1.0, 2, 3, 2, 3, 5, 9]})
    assert profile.describe(table, by_group(table["group"]), ["x"])["n"].to_list() == [6]


def test_an_infinite_value_is_left_out(by_group):
    table = pd.DataFrame({"group": list("aaabbb"), "x": [1.0, 2, 3, 2, 3, np.inf]})
    segmentation = by_group(table["group"])
    pd.testing.assert_frame_equal(profile.describe(table, segmentation, ["x"]),
                                  profile.describe(table.head(5), segmentation, ["x"]))


def test_profile_equals_a_loop(three_groups):
    X = three_groups.assign(yes=(three_groups["visits"] > 2).astype(float), none=0.0)
    segmentation = kmeans.segment(three_groups, 3, random_state=1)
    found = profile.segments(X, segmentation)
    assert len(found) == 5 * 3
    for (name, segment), row in found.iterrows():
        mean, total = X.loc[segmentation.labels == segment, name].mean(), X[name].mean()
        assert row["mean"] == pytest.approx(mean)
        assert row["total_mean"] == pytest.approx(total)
        assert row["difference"] == pytest.approx(mean - total)
        assert row["index_100"] == pytest.approx(100 * mean / total, nan_ok=True) if total else np.isnan(row["index_100"])
        marker = abs(mean - total) >= abs(total) / 2 if total else mean != 0
        assert row["is_marker"] == (marker or (name == "yes" and abs(mean - total) >= 0.25))


@pytest.mark.parametrize(("values", "marks"), [
    ([0.5, 1.0], True), ([0.52, 1.0], False), ([5.0, 10.0], False), ([1.0, 3.0], True), ([1.02, 3.0], False),
    ([-1.0, -3.0], True), ([-1.0, 1.0], True), ([0.0, 0.0], False)])
def test_a_marker_differs_by_half_the_mean_or_a_share_by_a_quarter(by_group, values, marks):
    X = pd.DataFrame({"x": values * 5})
    found = profile.segments(X, by_group(pd.Series(["a", "b"] * 5)))
    assert found["is_marker"].to_list() == [marks, marks]


def test_index_is_100_on_average_over_customers(three_groups):
    segmentation = kmeans.segment(three_groups, 3, random_state=1)
    found = profile.segments(three_groups, segmentation)["index_100"].unstack("segment")
    np.testing.assert_allclose(found @ segmentation.segments["segment_share"], 100)


def test_profile_leaves_missing_values_out(three_groups):
    segmentation = kmeans.segment(three_groups, 3, random_state=1)
    holes = three_groups.copy()
    holes.iloc[::7, 0] = np.nan
    found = profile.segments(holes, segmentation).loc["visits"]
    expected = holes.groupby(segmentation.labels)["visits"].mean()
    assert found["mean"].to_list() == pytest.approx(expected.to_list())
    assert (found["total_mean"] == holes["visits"].mean()).all()


def test_shares_equal_a_crosstab(described):
    known, group, segmentation = described
    found = profile.shares(known, segmentation, "town")
    told = known["town"].notna()
    for (segment, value), row in found.iterrows():
        inside = told & (group == segment)
        n = (inside & (known["town"] == value)).sum()
        total = (known.loc[told, "town"] == value).mean()
        assert (row["n"], row["within_share"]) == (n, pytest.approx(n / inside.sum()))
        assert (row["total_share"], row["index_100"]) == pytest.approx((total, 100 * n / inside.sum() / total))
    assert found["n"].sum() == told.sum()
    assert found.groupby("segment")["within_share"].sum().to_list() == pytest.approx([1, 1, 1])


@pytest.mark.parametrize("bands", [
    ["Under 15K", "15-24K", "25-34K", "100-124K", "250K+"], ["<18", "18-24", "65+"], ["1", "2", "3", "4", "5+"],
    ["Huế", "Vinh", "Đà Lạt"]])
def test_shares_list_bands_in_their_natural_order(by_group, bands):
    values = pd.Series(np.random.default_rng(0).permutation(bands * 4))
    group = pd.Series(["a", "b"] * (len(values) // 2))
    found = profile.shares(pd.DataFrame({"band": values}), by_group(group), "band")
    assert found.loc["a"].index.to_list() == bands


def test_means_and_strongest(described):
    known, group, segmentation = described
    found = profile.means(known, segmentation, ["age", "visits"])
    pd.testing.assert_frame_equal(found, known[["age", "visits"]].astype(float).groupby(group).mean(), check_names=False)
    told = profile.describe(known, segmentation, list(known))
    assert profile.strongest(told) == max(told.index, key=lambda name: told.loc[name, "effect_size"])
    assert profile.strongest(profile.describe(known, segmentation, [])) == ""


@pytest.fixture
def grouped():
    rng = np.random.default_rng(6)
    X = pd.DataFrame({"visits": np.repeat([1.0, 5.0, 9.0], 40) + rng.normal(size=120)})
    table = X.assign(spend=rng.gamma(np.repeat([1, 2, 3], 40)), town=rng.choice(list("abc"), 120))
    return table, kmeans.segment(X, 3, random_state=1)


def test_welch_and_classical_analysis_of_variance_are_scipys(grouped):

    table, found = grouped
    parts = [part.to_numpy() for _, part in table["spend"].groupby(found.labels)]
    for name, equal in (("welch", False), ("equal", True)):
        row = profile.describe(table, found, ["spend"], variances=name).iloc[0]
        wanted = stats.f_oneway(*parts, equal_var=equal)
        assert row["statistic"] == pytest.approx(wanted.statistic, rel=1e-10)
        if equal:
            assert row["p_value"] == pytest.approx(wanted.pvalue, rel=1e-9)
        else:  # skewed, 40 in a segment
            assert row["p_value"] == 1 / 2000
            assert row["note"] == difference.SKEWED


def test_effect_intervals_hold_the_statistic_at_their_ends(grouped):

    table, found = grouped
    told = profile.describe(table, found, ["town", "spend"])
    assert (told["effect_low"] <= told["effect_size"]).all()
    assert (told["effect_size"] <= told["effect_high"]).all()
    town = told.loc["town"]
    assert stats.ncx2.cdf(town["statistic"], 4, town["effect_high"] ** 2 * 120 * 2) == pytest.approx(0.025)
    spend = profile.describe(table, found, ["spend"], variances="equal").iloc[0]
    for end, level in (("effect_low", 0.975), ("effect_high", 0.025)):
        nc = spend[end] / (1 - spend[end]) * 120
        assert stats.ncf.cdf(spend["statistic"], 2, 117, nc) == pytest.approx(level)


def test_equal_weights_change_nothing_and_weighted_means_are_of_repeated_rows(grouped):
    table, found = grouped
    pd.testing.assert_frame_equal(profile.describe(table, found, ["town", "spend"]),
                                  profile.describe(table, found, ["town", "spend"], weights=np.full(120, 2.5)))
    X, w = table[["visits"]], np.random.default_rng(7).integers(1, 4, 120)
    repeated = X.loc[X.index.repeat(w)]
    own = found.labels.loc[X.index.repeat(w)].to_numpy()
    means = profile.segments(X, found, weights=w)["mean"]
    assert means.to_numpy() == pytest.approx(repeated["visits"].groupby(own).mean().to_numpy())


@pytest.mark.parametrize("weights", [[1.0], [0.0] * 120, [-1.0] * 120, [float("nan")] * 120])
def test_unfit_weights_are_told(grouped, weights):
    table, found = grouped
    with pytest.raises(DataError, match="numbers of at least 0, not all of them 0"):
        profile.describe(table, found, ["town"], weights=weights)


def test_descriptors_of_the_textbook_segments_are_those_of_r():

    survey = PROJECT.parent / "shared" / "data" / "mcdonalds.csv"
    if not survey.is_file():
        pytest.skip("the survey is not beside the project")
    people = pd.read_csv(survey)
    X = people.iloc[:, :11].eq("Yes").astype(float)
    labels = pd.read_csv(survey.parent.parent / "reference" / "md_k4_labels_Rounding.csv").iloc[:, -1].to_numpy()
    textbook = replace(kmeans.segment(X, 4, random_state=1),
                       assignments=pd.DataFrame({"segment": labels}, index=X.index))
    told = profile.describe(people, textbook, ["Age", "Gender"], variances="equal")
    assert told.loc["Age", "statistic"] == pytest.approx(22.245, abs=1e-3)
    assert told.loc["Age", "p_value"] == pytest.approx(4.396e-14, rel=1e-3)
    assert told.loc["Gender", "statistic"] == pytest.approx(29.845, abs=1e-3)
    assert told.loc["Gender", "p_value"] == pytest.approx(1.488e-6, rel=1e-3)


def test_more_than_six_variables_stand_beside_those_they_go_together_with():
    rng = np.random.default_rng(0)
    factor = rng.normal(size=(300, 3))
    X = pd.DataFrame({f"{name}{i}": factor[:, j] * sign * (i + 1) + rng.normal(size=300) * 0.4
                      for i, sign in ((1, 1), (2, 50), (3, 1)) for j, name in enumerate("abc")})
    found = kmeans.segment(X, 2, scale="standard", n_starts=40, random_state=1)
    order = list(dict.fromkeys(profile.segments(X, found).index.get_level_values("variable")))
    assert sorted(order) == sorted(X.columns)
    assert len("".join(name[0] for name in order).replace("aaa", "A").replace("bbb", "B").replace("ccc", "C")) == 3
    apart = pdist((X / X.std()).T.to_numpy() - (X / X.std()).mean().to_numpy()[:, None])
    leaves = leaves_list(linkage(apart, "complete"))
    assert {frozenset(n[0] for n in X.columns[leaves[i:i + 3]]) for i in (0, 3, 6)} == {frozenset(n) for n in "abc"}
    gaps = X.mask(rng.random(X.shape) < 0.02).assign(constant=1.0)
    assert len(profile.segments(gaps, found)) == 20
    few = X.iloc[:, :6]
    assert list(dict.fromkeys(profile.segments(few, found).index.get_level_values("variable"))) == list(few.columns)


def test_the_order_of_the_profile_is_that_of_repeated_rows_and_of_any_rows():
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(80, 5)) @ rng.normal(size=(5, 9)), columns=list("abcdefghi"))
    found = kmeans.segment(X, 2, n_starts=40, random_state=1)
    times = rng.integers(1, 4, 80)
    weighted = profile.segments(X, found, weights=times)
    many = X.loc[X.index.repeat(times)].reset_index(drop=True)
    repeated = replace(found, assignments=found.assignments.loc[X.index.repeat(times)].reset_index(drop=True))
    pd.testing.assert_frame_equal(weighted, profile.segments(many, repeated))
    mixed = X.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(profile.segments(mixed, found), profile.segments(X, found))


def test_shares_are_drawn_as_bars_with_a_dot_for_everyone():
    rng = np.random.default_rng(0)
    X = pd.DataFrame((rng.random((200, 7)) < np.where(np.arange(200) % 2, 0.8, 0.2)[:, None]).astype(int),
                     columns=list("abcdefg"))
    table = profile.segments(X, kmeans.segment(X, 2, random_state=1))
    panels = draw_segments.profile(table).figure.axes
    for panel, segment in zip(panels, (1, 2), strict=True):
        part = table.xs(segment, level="segment")
        assert [bar.get_width() for bar in panel.patches] == pytest.approx(part["mean"].to_list())
        assert list(panel.get_lines()[0].get_xdata()) == pytest.approx(part["total_mean"].to_list())
    panels = draw_segments.profile(profile.segments(X * 3, kmeans.segment(X, 2, random_state=1))).figure.axes
    assert list(panels[0].get_lines()[0].get_xdata()) == [100, 100]


def test_portraits_name_the_marker_variables_the_strongest_first():
    X = pd.DataFrame({"frequency": [1, 1, 1, 10, 10, 10.0], "monetary": [2, 2, 2, 3, 3, 3.0], "tenure_days": [5.0] * 6,
                      "recency_days": [60, 60, 60, 1, 1, 1.0]})
    found = profile.segments(X, kmeans.segment(X, 2, random_state=1))
    told = profile.portraits(found)
    few = found.index.unique("segment")[found.xs("frequency")["difference"] < 0][0]
    many = next(s for s in told.index if s != few)
    assert told.loc[few, "above_average"] == {"en": "Recency 197", "vi": "Lần mua gần nhất 197"}
    assert told.loc[few, "below_average"]["en"] == "Frequency 18"
    assert profile.traits(found, many)["en"] == "Recency 3; Frequency 182"  # a thirtieth is further than double
    told = profile.segments(X[["monetary", "tenure_days"]], kmeans.segment(X, 2, random_state=1))
    assert profile.traits(told, few) == profile.NO_MARKER
    assert (profile.portraits(told).map(lambda words: words["vi"]) == "–").all(axis=None)


def test_a_variable_whose_total_is_zero_is_named_without_an_index():
    X = pd.DataFrame({"frequency": [-1, -1, 1, 1.0]})
    found = profile.segments(X, kmeans.segment(X, 2, random_state=1))
    assert {words["en"] for words in profile.portraits(found)["above_average"]} == {"Frequency –", "–"}


@pytest.mark.sweep
def test_the_estimate_lies_in_its_interval_and_noise_is_not_called_strongest(by_group):
    rng = np.random.default_rng(2)
    called, sizes = 0, []
    for _ in range(60):
        group = pd.Series(rng.integers(0, 4, 200))
        noise = pd.DataFrame({"bands": rng.integers(0, 12, 200).astype(str), "spend": rng.lognormal(size=200)})
        told = profile.describe(noise, by_group(group), ["bands", "spend"])
        assert (told["effect_low"] <= told["effect_size"]).all()
        assert (told["effect_size"] <= told["effect_high"]).all()
        plain = np.sqrt(told.loc["bands", "statistic"] / 200 / 3)
        assert plain > told.loc["bands", "effect_size"]
        sizes.append(told.loc["bands", "effect_size"])
        called += profile.strongest(told) != ""
    assert np.median(sizes) < 0.1  # uncorrected 0.23
    assert called <= 6  # of 60 at 5 %: more in 1 of 30 times


def test_the_strongest_is_the_surest_not_the_largest():
    told = pd.DataFrame({"effect": [difference.V, difference.V, difference.OMEGA], "effect_size": [0.5, 0.3, 0.08],
                         "effect_low": [0.1, 0.2, 0.05], "adjusted_p": [0.01, 0.01, 0.01]}, index=["a", "b", "c"])
    assert profile.strongest(told) == "c"  # omega² from 0.05, V² from 0.04
    assert profile.strongest(told.assign(adjusted_p=[0.01, 0.01, 0.2])) == "b"
    assert profile.strongest(told.assign(adjusted_p=0.2)) == ""
    assert profile.n_sure(told.assign(adjusted_p=[0.01, np.nan, 0.2])) == 1


@pytest.mark.sweep
def test_the_interval_of_a_small_segment_of_large_spread_is_as_wide_as_its_noise(by_group):
    """Segments of 300 and 25, three times the spread in the small one, true omega² 0.05: within it in 93 of 100."""
    held, plain, group = 0, 0, pd.Series(["a"] * 300 + ["b"] * 25)
    share = np.array([300, 25]) / 325
    inside = share @ [1, 9]
    gap = np.sqrt(0.05 / 0.95 * inside / share.prod())
    segmentation = by_group(group)
    for seed in range(100):
        rng = np.random.default_rng(seed)
        x = pd.Series(np.append(rng.normal(0, 1, 300), rng.normal(gap, 3, 25)))
        row = profile.describe(pd.DataFrame({"x": x}), segmentation, ["x"]).iloc[0]
        held += row["effect_low"] <= 0.05 <= row["effect_high"]
        equal = profile.describe(pd.DataFrame({"x": x}), segmentation, ["x"], variances="equal").iloc[0]
        plain += equal["effect_low"] <= 0.05 <= equal["effect_high"]
    assert held >= 88  # fewer in 1 of 60 times at 93 %
    assert plain < 80


def test_permutation_is_that_of_all_arrangements():
    """Six customers in segments of three: of the 20 arrangements two have a Welch statistic as large."""
    values = np.array([1.0, 2, 3.5, 7, 9, 10])

    def welch(first):
        one, other = values[list(first)], np.delete(values, list(first))
        return permutation.welch(np.array([one.mean(), other.mean()]), np.array([one.var(ddof=1), other.var(ddof=1)]),
                                 np.array([3, 3]))[0]

    every = np.array([welch(first) for first in combinations(range(6), 3)])
    seen = welch((0, 1, 3))
    exact = (every >= seen * (1 - 1e-12)).mean()
    p = permutation.of_means(values, np.array([3.0, 3.0]), float(seen), np.random.default_rng(0))
    assert p == pytest.approx(exact, abs=0.06)
    counts = np.array([[6, 1], [2, 7]])
    fisher = stats.fisher_exact(counts).pvalue  # both margins kept: here the same tables are as extreme
    assert permutation.of_table(counts, np.random.default_rng(0)) == pytest.approx(fisher, abs=0.012)


def test_money_of_a_small_segment_and_small_counts_are_permuted(by_group):
    rng = np.random.default_rng(3)
    group = pd.Series(["a"] * 300 + ["b"] * 20)
    table = pd.DataFrame({"money": rng.lognormal(0, 1.2, 320), "age": rng.normal(40, 9, 320),
                          "rare": rng.choice(list("vwxyz"), 320, p=[0.9, 0.04, 0.03, 0.02, 0.01])})
    told = profile.describe(table, by_group(group), list(table))
    assert told["test"].to_list() == [difference.ANOVA_PERMUTED, difference.ANOVA, difference.CHI_PERMUTED]
    assert told["note"].to_list() == [difference.SKEWED, "", difference.FEW_EXPECTED]
    mixed = table.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(profile.describe(mixed, by_group(group), list(table)), told)
    alone = profile.describe(table, by_group(group), ["rare"], adjust="none")
    assert alone.loc["rare", "p_value"] == told.loc["rare", "p_value"]
    other = profile.describe(table, by_group(group), ["money"], random_state=5).loc["money"]
    assert other["p_value"] == pytest.approx(told.loc["money", "p_value"], abs=0.15)
    weighted = profile.describe(table, by_group(group), list(table), weights=rng.uniform(1, 2, 320))
    assert weighted["note"].to_list() == [difference.SKEWED_WEIGHTED, "", difference.FEW_WEIGHTED]


def test_many_customers_are_drawn_not_permuted():
    rng = np.random.default_rng(4)
    values = np.sort(rng.lognormal(0, 1, 21_000))
    size = np.array([20_900.0, 100.0])
    p = [permutation.of_means(values, size, seen, np.random.default_rng(0)) for seen in (0.45, 40.0)]
    assert 0.35 < p[0] < 0.65
    assert p[1] < 0.01


def test_a_descriptor_named_twice_is_told(described):
    known, _, segmentation = described
    with pytest.raises(DataError, match="descriptor 'age': is named twice"):
        profile.describe(known, segmentation, ["age", "town", "visits", "age"])


def test_what_follows_from_the_segmentation_variables_has_no_test():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"frequency": rng.integers(1, 40, 400), "average_basket": rng.gamma(3, 20, 400)})
    table["monetary"] = table["frequency"] * table["average_basket"]
    table["total"] = table["frequency"] + table["average_basket"] + rng.normal(0, 0.5, 400)
    table["tenure_days"] = 9 * table["frequency"] + rng.normal(0, 60, 400)
    found = kmeans.segment(table[["frequency", "average_basket"]], 3, scale="log", random_state=1)
    told = profile.describe(table, found, list(table))
    assert told["note"].to_list() == [circularity.FORMED] * 2 + [circularity.FOLLOWS] * 2 + [""]
    assert told["p_value"].isna().to_list() == [True] * 4 + [False]
    assert circularity.explained(table, found, "tenure_days") == pytest.approx(0.77, abs=0.1)
    assert "no finding" in circularity.told(table, found, "monetary")
    assert not circularity.follows(table.head(15), found, "monetary")  # anything follows from few customers


def test_a_negative_mean_of_all_customers_has_no_index(by_group):
    X = pd.DataFrame({"balance": [-9.0, -7, 1, 3], "visits": [1.0, 2, 3, 4]})
    found = profile.segments(X, by_group(pd.Series(list("aabb"))))
    assert found.xs("balance")["index_100"].isna().all()
    assert found.xs("balance")["note"].to_list() == [profile.NO_INDEX] * 2
    assert found.xs("visits")["index_100"].to_list() == [60, 140]
    assert found.xs("visits")["note"].to_list() == ["", ""]
    assert profile.traits(found, "a")["en"] == "balance –"
    assert len(draw_segments.profile(found).figure.axes) == 2


def test_cells_that_chance_makes_have_a_large_p(by_group):
    rng = np.random.default_rng(1)
    group = pd.Series(rng.choice(list("abcd"), 300))
    town = pd.DataFrame({"town": rng.choice(list("uvwxyz"), 300)})
    cells = profile.shares(town, by_group(group), "town")
    assert cells["index_100"].max() > 120
    assert cells["adjusted_p"].min() > 0.05
    a, u = group == "a", town["town"] == "u"
    table = [[(a & u).sum(), (a & ~u).sum()], [(~a & u).sum(), (~a & ~u).sum()]]
    one_sided = min(stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater"))
    assert cells.loc[("a", "u"), "adjusted_p"] == pytest.approx(min(1, 24 * 2 * one_sided)) or (
        cells.loc[("a", "u"), "adjusted_p"] == 1)
    town.loc[a, "town"] = "u"
    assert profile.shares(town, by_group(group), "town").loc[("a", "u"), "adjusted_p"] < 1e-6


def test_over_represented_cells_are_ranked_by_evidence_not_by_a_few_people(by_group):
    group = pd.Series(["a"] * 200 + ["b"] * 200 + ["c"] * 3)
    town = pd.DataFrame({"town": ["u"] * 120 + ["v"] * 80 + ["u"] * 60 + ["v"] * 138 + ["w"] * 2 + ["w"] * 3})
    cells = profile.shares(town, by_group(group), "town")
    assert cells["index_100"].idxmax() == ("c", "w")  # three people
    ranked = profile.over_represented(cells)
    assert (ranked["n"] >= 10).all()
    assert (ranked["index_100"] > 100).all()
    assert set(ranked.index) == {("a", "u"), ("b", "v")}
    assert ranked["adjusted_p"].is_monotonic_increasing


def test_the_words_of_a_figure_name_no_value_that_chance_explains(by_group):
    rng = np.random.default_rng(1)
    group = pd.Series(rng.choice(list("abcd"), 300))
    cells = profile.shares(pd.DataFrame({"town": rng.choice(list("uvw"), 300)}), by_group(group), "town")
    for plot in (draw_segments.descriptor, stability.mosaic):
        assert "chance" in theme.alt_text(plot(cells))
    many = profile.shares(pd.DataFrame({"town": rng.choice(list("stuvwxyz"), 300)}), by_group(group), "town")
    assert "by more than chance" in theme.alt_text(draw_segments.descriptor(many))


def test_a_tile_of_a_few_people_has_no_colour_and_no_number(by_group):
    group = pd.Series(["a"] * 100 + ["b"] * 100)
    cells = profile.shares(pd.DataFrame({"town": ["u"] * 94 + ["w"] * 6 + ["u"] * 60 + ["v"] * 40}), by_group(group), "town")
    assert cells.loc[("a", "w"), "n"] == 6
    text = stability.mosaic.panel(cells).figure.svg()
    assert "fewer than 10 customers" in text
    assert "6%, 6 customers" not in text
    assert "40%, 40 customers" in text


@pytest.mark.parametrize("values", [
    np.random.default_rng(1).normal(40, 12, 500), np.random.default_rng(2).lognormal(12, 1, 300), [0] * 400 + list(range(1, 60)),
    [*range(7), np.nan, np.inf], [-5.5, -4.25, -3, 0, 1e-9, 2, 3e9], [7] * 50 + [8, 9, 10, 11, 12, 13, 1000],
])
def test_an_amount_stands_in_a_few_bands_that_hold_everybody(values):
    column = pd.Series(values, dtype=float)
    bands, order = profile.banded(column)
    assert 2 <= len(order) <= profile.BANDS
    assert len(set(order)) == len(order)
    assert set(bands.dropna()) == set(order)
    finite = column[np.isfinite(column)]
    assert bands.notna().equals(np.isfinite(column))
    limits = finite.groupby(bands[finite.index]).agg(["min", "max"]).loc[order]
    assert (limits["max"].to_numpy()[:-1] < limits["min"].to_numpy()[1:]).all()


def test_shares_of_an_amount_are_by_band_in_order(by_group):
    rng = np.random.default_rng(3)
    people = pd.DataFrame({"age": rng.integers(18, 80, 400).astype("int64")})
    group = pd.Series(rng.choice(["a", "b"], 400))
    found = profile.shares(people, by_group(group), "age")
    order = list(found.loc["a"].index)
    assert order == profile.banded(people["age"])[1]
    assert found["n"].sum() == 400
    assert profile.banded(pd.Series([True, False]))[1] == profile.banded(pd.Series(list("abcdefgh")))[1] == []
    assert profile.least_known(found, by_group(group)) == 1
