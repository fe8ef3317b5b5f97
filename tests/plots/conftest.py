"""Every public plot with tables to draw."""

import pandas as pd
import pytest

from segkit.lifecycle import cohorts, migration, stages
from segkit.plots import (
    choice,
    customers,
    journey,
    lifecycle,
    maps,
    positioning,
    review,
    segmentation,
    stability,
    targeting,
)
from segkit.plots import stages as draw
from segkit.segmentation import kmeans, spread


@pytest.fixture
def tiers():
    return pd.DataFrame({"customer_share": [0.2, 0.8], "revenue_share": [0.6, 0.4]},
                        index=pd.Index(["Top customers", "Base customers"], name="segment"))


@pytest.fixture
def months():
    index = pd.DatetimeIndex(["2024-01-01", "2024-02-01", "2024-03-01"], name="month")
    return pd.DataFrame({"revenue": [100.0, 150.0, 20.0], "is_whole": [True, True, False]}, index=index)


@pytest.fixture
def profiled():
    index = pd.MultiIndex.from_product([["visits", "spend"], [1, 2]], names=["variable", "segment"])
    return pd.DataFrame({"index_100": [50.0, 150.0, 90.0, 110.0], "is_marker": [True, True, False, False]}, index=index)


@pytest.fixture
def shares():
    index = pd.MultiIndex.from_product([[1, 2], ["rent", "own"]], names=["segment", "value"])
    return pd.DataFrame({"n": [3, 7, 6, 4], "within_share": [0.3, 0.7, 0.6, 0.4], "total_share": [0.45, 0.55, 0.45, 0.55],
                         "index_100": [67.0, 127.0, 133.0, 73.0], "adjusted_p": [0.02, 0.04, 0.01, 0.03]}, index=index)


@pytest.fixture
def brand_table():
    return pd.DataFrame({"penetration": [0.5, 0.25], "purchase_frequency": [3.0, 2.0], "value_share": [0.7, 0.3],
                         "low": [0.6, 0.2], "high": [0.8, 0.4]}, index=pd.Index(["A", "B"], name="brand"))


def drawn(tiers, months, profiled, shares, brand_table) -> dict:
    curve = pd.DataFrame({"customer_share": [0.0, 0.2, 1.0], "revenue_share": [0.0, 0.6, 1.0]})
    many = pd.DataFrame({"explained_share": [0.3, 0.4], "near_best_share": [1.0, 0.5], "smallest_share": [0.4, 0.2]},
                        index=pd.Index([2, 3], name="k"))
    told = pd.DataFrame({"effect_size": [0.1, 0.4], "adjusted_p": [0.2, 0.001]}, index=["age", "income"])
    grid = pd.DataFrame([[1, 2], [3, 4]], index=pd.Index([2, 1], name="r"), columns=pd.Index([1, 2], name="f"))
    points = pd.DataFrame({"kind": ["row", "row", "column"], "dim_1": [0.1, -0.2, 0.3], "dim_2": [0.0, 0.1, -0.1],
                           "quality": [0.9, 0.1, 1.0]}, index=["A", "B", "young"])
    inertia = pd.DataFrame({"inertia_share": [0.7, 0.3]})
    reach = pd.DataFrame({"index_100": [80.0, 120.0, 100.0, 95.0]},
                         index=pd.MultiIndex.from_product([["A", "B"], ["young", "old"]], names=["brand", "segment"]))
    ranking = pd.DataFrame({"attractiveness_score": [80.0, 20.0, None], "first_share": [0.9, 0.1, None]},
                           index=["A", "B", "C"])
    placed = pd.DataFrame({"kind": ["brand", "brand", "brand", "attribute", "attribute", "preference of a segment"], "dim_1": [1.0, -0.8, -0.2, 0.5, -0.3, 0.1],
                           "dim_2": [0.2, 0.5, -0.7, 0.1, 0.4, -0.2], "quality": [0.9, 0.8, 0.3, 0.95, 0.6, 0.7]}, index=pd.Index(["X", "Y", "Z", "fresh", "cheap", "young"], name="point"))
    wanted = pd.DataFrame({"want_share": [0.8, 0.3], "want_low": [0.7, 0.2], "want_high": [0.9, 0.55], "rating_difference": [-0.6, 0.4],
                           "difference_low": [-0.9, -0.1], "difference_high": [-0.3, 0.9]}, index=pd.Index(["fresh", "cheap"], name="attribute"))
    elastic = pd.DataFrame([("X", "X", -2.0, -2.5, -1.5), ("X", "Y", 0.5, 0.2, 0.8), ("Y", "X", 0.7, 0.3, 1.1), ("Y", "Y", -1.2, -1.6, -0.8)],
                           columns=["changed_brand", "brand", "elasticity", "elasticity_low", "elasticity_high"])
    changed = pd.DataFrame({"share_change": [0.1, -0.04], "change_low": [0.05, -0.09], "change_high": [0.15, 0.01]}, index=pd.Index(["X", "Y"], name="brand"))
    rungs = pd.DataFrame({"n_customers": [100, 49], "again_share": [0.49, 0.65], "again_low": [0.39, 0.51], "again_high": [0.59, 0.77],
                          "again_days": [57.0, 40.5]}, index=pd.Index([1, 2], name="purchase_day_number"))
    pointed = pd.DataFrame({"weighed_criterion": [{"en": "Size", "vi": "Quy mô"}, {"en": "Rivals", "vi": "Đối thủ"}] * 2, "criterion_weight": [0.75, 0.25] * 2,
                            "criterion_points": [140.0, 90.0, 70.0, 110.0], "points_low": [120.0, float("nan"), 55.0, float("nan")],
                            "points_high": [160.0, float("nan"), 85.0, float("nan")]}, index=pd.Index(["A", "A", "B", "B"], name="segment"))
    evaluated = pd.DataFrame({"customer_share": [0.3, 0.1], "attractiveness_score": [120.0, 90.0], "attractiveness_low": [110.0, 70.0],
                              "attractiveness_high": [130.0, 105.0], "competitiveness_score": [95.0, 120.0],
                              "competitiveness_low": [80.0, 110.0], "competitiveness_high": [108.0, 125.0]}, index=["A", "B"])
    return {
        "concentration": (customers.concentration, curve), "by_segment": (customers.by_segment, tiers),
        "dumbbell": (customers.dumbbell, tiers), "ladder": (lifecycle.ladder, rungs), "points": (targeting.points, pointed),
        "treemap": (customers.treemap, tiers.assign(monetary=[30.0, 5.0])), "heatmap": (customers.heatmap, grid), "over_time": (customers.over_time, months),
        "how_many": (segmentation.how_many, many), "profile": (segmentation.profile, profiled),
        "boxes": (segmentation.boxes, spread.boxes(pd.DataFrame({"visits": [1, 2, 3, 9, 8, 7.0], "spend": [5, 2, 3, 1, 9, 4.0]}), kmeans.segment(
            pd.DataFrame({"visits": [1, 2, 3, 9, 8, 7.0]}), 2, random_state=1))),
        "effect_sizes": (segmentation.effect_sizes, told), "descriptor": (segmentation.descriptor, shares),
        "bars": (positioning.bars, brand_table, "value_share"),
        "double_jeopardy": (positioning.double_jeopardy, brand_table.assign(norm_penetration=[0.45, 0.28],
                                                                           norm_purchase_frequency=[2.8, 2.2])),
        "perceptual_map": (positioning.perceptual_map, points, inertia), "reach": (positioning.reach, reach),
        "elasticities": (choice.elasticities, elastic), "around_zero": (choice.around_zero, changed, "share_change", "change_low", "change_high"),
        "attribute_map": (maps.attribute_map, placed, inertia, placed.head(3).assign(long_radius=0.2, short_radius=0.1, direction=30.0)), "similarity_map": (maps.similarity_map, placed.head(3)),
        "importance_performance": (maps.importance_performance, wanted),
        "ranking": (targeting.ranking, ranking), "evaluation": (targeting.evaluation, evaluated),
        "gain": (targeting.gain, pd.DataFrame({"n": [5, 5], "gain_share": [0.8, 1.0]}, index=[1, 2])),
        "ranks": (targeting.ranks, pd.DataFrame([[0.8, 0.2], [0.2, 0.8]], index=["A", "B"], columns=[1, 2])), **lifecycle_drawn(),
    }


def lifecycle_drawn() -> dict:
    weeks = pd.DataFrame({"phase": ["calibration", "calibration", "holdout"], "actual_purchases": [2, 4, 3],
                          "expected_purchases": [2.5, 3.0, 3.0], "cumulative_actual": [2, 6, 9],
                          "cumulative_expected": [2.5, 5.5, 8.5]}, index=pd.RangeIndex(1, 4, name="period"))
    groups = pd.DataFrame({"n_customers": [9, 4], "actual_purchases": [0.2, 1.1], "expected_purchases": [0.3, 1.0],
                           "status_quo_purchases": [0.0, 2.0]}, index=pd.Index(["0", "1+"], name="calibration_purchases"))
    cells = pd.MultiIndex.from_product([[1, 2], [10.0, 20.0]], names=["repeat_frequency", "last_purchase_age"])
    alive = pd.DataFrame({"probability_alive": [0.5, 0.8, 0.2, 0.9], "expected_purchases": [1.0, 2.0, 0.5, 4.0]}, cells)
    totals = pd.DataFrame({"n_customers": [10, 90], "total_lifetime_value": [600.0, 400.0], "lifetime_share": [0.6, 0.4],
                           "total_lifetime_value_low": [500.0, 300.0], "total_lifetime_value_high": [700.0, 550.0],
                           "lifetime_value": [60.0, 4.44]}, index=pd.Index([1, 2], name="segment"))
    tenths = pd.DataFrame({"n_customers": [50, 50, 50], "expected_buyer_share": [0.8, 0.4, 0.05],
                           "bought_share": [0.7, 0.42, 0.1], "bought_low": [0.56, 0.29, 0.04],
                           "bought_high": [0.81, 0.56, 0.21]}, index=pd.Index([1, 2, 3], name="tenth"))
    return {"tracking": (lifecycle.tracking, weeks), "calibration": (lifecycle.calibration, tenths), "holdout": (lifecycle.holdout, groups),
            "alive_heatmap": (lifecycle.alive_heatmap, alive), "lifetime_value": (lifecycle.lifetime_value, totals)}


@pytest.fixture
def plots(tiers, months, profiled, shares, brand_table):
    return drawn(tiers, months, profiled, shares, brand_table)


@pytest.fixture(scope="session")
def sales():
    rows = [(c, pd.Timestamp("2024-01-01") + pd.Timedelta(days=c + d)) for c in range(60)
            for d in range(0, 40 + 11 * (c % 9), 2 + c % 13)]
    return pd.DataFrame(rows, columns=["customer_id", "date"]).assign(amount=5.0)


@pytest.fixture(scope="session")
def stage_plots(sales):
    after, before = stages.assign(sales), stages.assign(sales, "2024-03-01")
    table = cohorts.table(sales)
    return {
        "rhythms": (draw.rhythms, after), "by_stage": (draw.by_stage, stages.by_stage(after)),
        "bought_again": (draw.bought_again, stages.bought_again(sales, days=30)),
        "cohorts": (draw.cohorts, cohorts.comparable(table)),
        "retention": (draw.retention, cohorts.comparable(table), cohorts.average(table)),
        "cumulative": (draw.cumulative, cohorts.comparable(table)),
        "migration": (draw.migration, migration.table(before["stage"], after["stage"], stages.STAGES)),
    }


@pytest.fixture
def stability_plots():
    evidence = pd.DataFrame({
        "criterion": [90.0, 60.0, 50.0], "silhouette": [0.4, 0.5, 0.3], "bic": [float("nan"), 120.0, 110.0],
        "global_stability": [0.9, 0.6, 0.4], "stability_low": [0.8, 0.5, 0.2], "stability_high": [1.0, 0.8, 0.5],
        "continuum_stability": [0.5, 0.45, 0.4], "verdict": ["natural", "reproducible", "constructive"],
        "note": ["no BIC, as there are too few rows", "", ""]}, index=pd.Index([2, 3, 4], name="k"))
    boxes = pd.DataFrame({"segment": [1] * 5 + [2] * 5, "jaccard": [0.9, 0.8, 0.85, 0.95, 0.2, 0.5, 0.6, 0.4, 0.7, 0.55]})
    links = pd.DataFrame([(2, 1, 3, 1, 40, 1.0), (2, 2, 3, 2, 30, 0.9), (2, 2, 3, 3, 30, 1.0), (2, 1, 3, 2, 3, 0.1)],
                         columns=["from_k", "from_segment", "k", "segment", "n", "share"])
    index = pd.MultiIndex.from_product([[1, 2], ["rent", "own"]], names=["segment", "value"])
    tiles = pd.DataFrame({"n": [30, 70, 60, 40], "within_share": [0.3, 0.7, 0.6, 0.4]}, index=index)
    return {"how_many": (stability.how_many, evidence, 3), "within": (stability.within, boxes),
            "flows": (stability.flows, links), "mosaic": (stability.mosaic, tiles)}


@pytest.fixture
def journey_plots():
    words = [{"en": "12 people, 100% of all", "vi": "12 người, 100%"}, {"en": "6 people, 50% of all", "vi": "6 người, 50%"}]
    asked = [{"en": "Is it fresh?", "vi": "Có tươi không?"}, {"en": "unknown", "vi": "chưa rõ"}]
    mapped = pd.DataFrame([words, asked], columns=pd.Index(["Visit", "Purchase"], name="stage"), index=pd.Index(["Reached (measured)", "Thinking (editorial)"], name="map_row"))
    start, goal, left = ({"en": en, "vi": vi} for en, vi in (("start", "bắt đầu"), ("reached the goal", "đến đích"), ("left", "rời đi")))
    moves = pd.DataFrame([(start, "web", 6, 0.6), (start, "app", 4, 0.4), ("web", goal, 5, 0.625), ("web", "app", 2, 0.25), ("web", left, 1, 0.125),
                          ("app", "web", 2, 0.33), ("app", left, 4, 0.67)], columns=["touchpoint", "next_touchpoint", "n", "transition_share"])
    lifted = pd.DataFrame({"n_treated": [100, 90], "n_control": [50, 40], "uplift": [0.1, -0.02], "uplift_low": [0.03, -0.1], "uplift_high": [0.17, 0.06]},
                          index=pd.Index(["mail", "letter"], name="campaign"))
    grown = pd.DataFrame({"share_before": [0.4, 0.6], "share_after": [0.5, 0.5], "share_change": [0.1, -0.1], "change_low": [0.02, -0.25],
                          "change_high": [0.18, 0.05], "is_change": [True, False]}, index=pd.Index(["Regulars", "Others"], name="segment"))
    rows = pd.MultiIndex.from_tuples([("Regulars", "frequency"), ("Others", "frequency")], names=["segment", "variable"])
    drifted = pd.DataFrame({"mean_before": [4.0, 2.0], "mean_after": [6.0, 2.1], "drift_size": [0.7, 0.05], "drift_low": [0.5, -0.1],
                            "drift_high": [0.9, 0.2], "is_drift": [True, False]}, rows)
    return {"stages": (journey.stages, mapped, 1), "transitions": (journey.transitions, moves), "uplift": (journey.uplift, lifted),
            "growth": (review.growth, grown), "drift": (review.drift, drifted)}


@pytest.fixture
def every_plot(plots, stage_plots, stability_plots, journey_plots):
    return {f"{plot.__module__.rsplit('.', 1)[1]}.{plot.__name__}": (plot, *tables)
            for registry in (plots, stage_plots, stability_plots, journey_plots) for plot, *tables in registry.values()}
