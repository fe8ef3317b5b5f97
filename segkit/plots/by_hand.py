"""The data of each figure drawn by hand: a few lines of seaborn, for those who want to go on from there.

The names in the lines are the parameters of the plot function: ``table`` is the table that the notebook gave it. A page
shows them under "How to read this"; `sns` is seaborn and `pd` pandas.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LINES = {
    "choice.around_zero": """
ax = sns.scatterplot(table, x=column, y=table.index)
ax.hlines(table.index, table[low], table[high])
ax.axvline(0, color="grey", linestyle="--")
""",
    "choice.elasticities": """
wide = table.pivot(index="changed_brand", columns="brand", values="elasticity")
sns.heatmap(wide, annot=True, center=0, cmap="PuOr_r")
""",
    "customers.concentration": """
ax = sns.lineplot(curve, x="customer_share", y="revenue_share", estimator=None)
ax.axline((0, 0), (1, 1), color="grey", linestyle="--")
""",
    "customers.by_segment": """
long = table[list(columns)].melt(ignore_index=False, value_name="share").reset_index()
sns.barplot(long, x="share", y=table.index.name, hue="variable")
""",
    "customers.dumbbell": """
long = table[["customer_share", "revenue_share"]].melt(ignore_index=False, value_name="share").reset_index()
ax = sns.scatterplot(long, x="share", y=table.index.name, hue="variable")
ax.hlines(table.index, table["customer_share"], table["revenue_share"], color="grey")
""",
    "customers.treemap": """
ordered = table.sort_values(area, ascending=False).reset_index()
sns.barplot(ordered, x=area, y=table.index.name, hue=colour, palette="viridis")
""",
    "customers.heatmap": """
sns.heatmap(counts, annot=True, fmt="g", cmap="Blues")
""",
    "customers.over_time": """
sns.lineplot(table[table["is_whole"]], x=table.index.name, y=column)
""",
    "lifecycle.ladder": """
ax = sns.barplot(table, x="again_share", y=table.index.name, orient="h", color="lightgrey")
ax.hlines(range(len(table)), table["again_low"], table["again_high"])
""",
    "lifecycle.tracking": """
lines = ["cumulative_actual", "cumulative_expected"] if cumulative else ["actual_purchases", "expected_purchases"]
sns.lineplot(table[lines])
""",
    "lifecycle.holdout": """
sns.lineplot(table[["actual_purchases", "expected_purchases", "status_quo_purchases"]], markers=True)
""",
    "lifecycle.calibration": """
ax = sns.scatterplot(table, x="expected_buyer_share", y="bought_share")
ax.vlines(table["expected_buyer_share"], table["bought_low"], table["bought_high"])
ax.axline((0, 0), (1, 1), color="grey", linestyle="--")
""",
    "lifecycle.alive_heatmap": """
sns.heatmap(table[column].unstack("last_purchase_age").sort_index(ascending=False))
""",
    "lifecycle.lifetime_value": """
bars = table.reset_index()
sns.barplot(bars, x="total_lifetime_value", y=bars.columns[0], orient="h")
""",
    "maps.attribute_map": """
ax = sns.scatterplot(coordinates, x="dim_1", y="dim_2", hue="kind", style="kind")
for name, row in coordinates.iterrows():
    ax.annotate(name, (row["dim_1"], row["dim_2"]))
""",
    "maps.importance_performance": """
ax = sns.scatterplot(table, x="rating_difference", y="want_share")
ax.vlines(table["rating_difference"], table["want_low"], table["want_high"])
ax.hlines(table["want_share"], table["difference_low"], table["difference_high"])
""",
    "maps.similarity_map": """
ax = sns.scatterplot(coordinates, x="dim_1", y="dim_2")
for name, row in coordinates.iterrows():
    ax.annotate(name, (row["dim_1"], row["dim_2"]))
""",
    "positioning.bars": """
bars = table.reset_index()
sns.barplot(bars, x=column, y=bars.columns[0], orient="h")
""",
    "positioning.double_jeopardy": """
ax = sns.scatterplot(table, x="penetration", y="purchase_frequency", hue="brand")
sns.lineplot(table, x="norm_penetration", y="norm_purchase_frequency", color="grey", ax=ax)
""",
    "positioning.perceptual_map": """
ax = sns.scatterplot(coordinates, x="dim_1", y="dim_2", hue="kind", style="kind")
for name, row in coordinates.iterrows():
    ax.annotate(name, (row["dim_1"], row["dim_2"]))
""",
    "positioning.reach": """
sns.heatmap(table["index_100"].unstack("segment"), annot=True, fmt=".0f", center=100, cmap="PuOr_r")
""",
    "segmentation.how_many": """
sns.lineplot(table[["explained_share", "near_best_share", "smallest_share"]], markers=True)
""",
    "segmentation.profile": """
bars = table.reset_index()
sns.catplot(bars, kind="bar", x="index_100", y="variable", hue="is_marker", col="segment", dodge=False)
""",
    "segmentation.effect_sizes": """
ordered = table["effect_size"].dropna().sort_values(ascending=False)
sns.stripplot(x=ordered, y=ordered.index)
""",
    "segmentation.boxes": """
columns = ["lower_whisker", "first_quartile", "median", "third_quartile", "upper_whisker"]
sns.boxplot(table[columns].T.melt(), x="value", y="segment", hue="variable", whis=(0, 100))
""",
    "segmentation.descriptor": """
sns.histplot(table.reset_index(), x="segment", weights="within_share", hue="value", multiple="stack", discrete=True)
""",
    "stability.how_many": """
long = table[["criterion", "silhouette", "bic", "global_stability"]].melt(ignore_index=False).reset_index()
sns.relplot(long, kind="line", x="k", y="value", col="variable", col_wrap=2, facet_kws={"sharey": False})
""",
    "stability.within": """
sns.boxplot(table, x="jaccard", y="segment", orient="h")
""",
    "stability.flows": """
links["pair"] = links["from_k"].astype(str) + " to " + links["k"].astype(str)
sns.relplot(links, x="from_segment", y="segment", size="n", col="pair")
""",
    "stability.mosaic": """
bars = table.reset_index()
sns.histplot(bars, x="segment", weights="n", hue="value", multiple="fill", discrete=True)
""",
    "stages.rhythms": """
gaps = table.loc[table["n_days_bought"] > 1, "gap_days"]
sns.histplot(x=gaps, log_scale=True, bins=24)
""",
    "stages.by_stage": """
long = table[["customer_share", "yearly_share"]].melt(ignore_index=False, value_name="share").reset_index()
sns.barplot(long, x="share", y="stage", hue="variable")
""",
    "stages.bought_again": """
ax = sns.scatterplot(table, x="bought_share", y=table.index)
ax.hlines(table.index, table["bought_low"], table["bought_high"])
""",
    "stages.cohorts": """
sns.heatmap(table[column].unstack("cohort_age"), annot=True, fmt=".0%", cmap="Blues")
""",
    "stages.retention": """
ax = sns.lineplot(table, x="cohort_age", y="activity_share", units="cohort", estimator=None, color="lightgrey")
sns.lineplot(average[["activity_share", "survival_share"]], ax=ax)
""",
    "stages.cumulative": """
sns.lineplot(table, x="cohort_age", y="cumulative_per_customer", hue="cohort", estimator=None)
""",
    "stages.migration": """
sns.heatmap(table["moved_share"].unstack("label_after"), annot=True, fmt=".0%", cmap="Blues")
""",
    "journey.stages": """
reached = table.iloc[0].map(lambda said: int(said["en"].split()[0].replace(",", "")))
sns.barplot(x=reached.index, y=reached)
""",
    "journey.transitions": """
said = table.map(lambda cell: cell["en"] if isinstance(cell, dict) else cell)
sns.heatmap(said.pivot(index="touchpoint", columns="next_touchpoint", values="transition_share").astype(float))
""",
    "journey.uplift": """
ax = sns.scatterplot(x=table["uplift"], y=table.index.astype(str))
ax.hlines(range(len(table)), table["uplift_low"], table["uplift_high"])
""",
    "review.growth": """
ax = sns.scatterplot(x=table["share_change"], y=table.index.astype(str))
ax.hlines(range(len(table)), table["change_low"], table["change_high"])
""",
    "review.drift": """
names = [f"{segment}: {variable}" for segment, variable in table.index]
ax = sns.scatterplot(x=table["drift_size"], y=names)
ax.hlines(range(len(table)), table["drift_low"], table["drift_high"])
""",
    "targeting.evaluation": """
sns.scatterplot(table, x="attractiveness_score", y="competitiveness_score", size="customer_share")
""",
    "targeting.gain": """
reached = table["n"].cumsum() / table["n"].sum()
sns.lineplot(x=reached, y=table["gain_share"])
""",
    "targeting.ranks": """
sns.heatmap(table, annot=True, fmt=".0%", cmap="Blues")
""",
    "targeting.points": """
order = table.assign(criterion=table["weighed_criterion"].map(lambda told: told["en"])).reset_index()
sns.heatmap(order.pivot(index="segment", columns="criterion", values="criterion_points"), annot=True, center=100)
""",
    "targeting.ranking": """
ranked = table.dropna(subset="attractiveness_score").reset_index()
sns.barplot(ranked, x="attractiveness_score", y=ranked.columns[0], orient="h")
""",
}


def lines(plot: Callable[..., Any]) -> str:
    """The lines that draw the data of a plot function's figure, "" where there are none.

    Examples
    --------
    >>> from segkit.plots import customers
    >>> lines(customers.heatmap)
    'sns.heatmap(counts, annot=True, fmt="g", cmap="Blues")'
    """
    module = getattr(plot, "__module__", "").rsplit(".", 1)[-1]
    return LINES.get(f"{module}.{getattr(plot, '__name__', '')}", "").strip()
