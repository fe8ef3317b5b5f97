"""Makes customer_base.json: the published CDNOW sample fitted by the Python package lifetimes 0.11.3.

lifetimes needs pandas below 3, so it has an environment of its own (see benchmarks/value.py for how to make it):

    /tmp/lifetimes/bin/python tests/reference/customer_base.py
"""

import json
import warnings
from pathlib import Path

import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter

PROJECT = Path(__file__).resolve().parent.parent.parent
CUSTOMERS = [(0, 0.0, 38.857), (1, 5.0, 30.0), (2, 30.43, 38.86), (4, 35.0, 38.0), (10, 12.0, 38.0), (26, 30.86, 31.0)]


def summary() -> pd.DataFrame:
    bought = pd.read_parquet(PROJECT / "data" / "cdnow" / "transactions.parquet")
    chosen = pd.read_parquet(PROJECT / "data" / "cdnow" / "sample.parquet")
    bought = bought[bought["customer_id"].isin(chosen["customer_id"])]
    bought = bought.assign(date=pd.to_datetime(bought["date"]).dt.normalize())
    bought = bought[bought["date"] <= "1997-09-30"].groupby(["customer_id", "date"])["amount"].sum().reset_index()
    first = bought.groupby("customer_id")["date"].transform("min")
    by = bought.groupby("customer_id")
    age = (pd.Timestamp("1997-09-30") - by["date"].min()).dt.days / 7
    repeat = bought[bought["date"] > first].groupby("customer_id")["amount"].mean()
    return pd.DataFrame({"frequency": by.size() - 1, "recency": (by["date"].max() - by["date"].min()).dt.days / 7,
                         "age": age, "monetary": repeat}).fillna({"monetary": 0.0})


def main() -> None:
    warnings.filterwarnings("ignore")
    table, made = summary(), {}
    x, recency, age = (pd.Series(c, dtype=float) for c in zip(*CUSTOMERS, strict=True))
    for name, kind in (("bg_nbd", BetaGeoFitter), ("mbg_nbd", ModifiedBetaGeoFitter), ("pareto_nbd", ParetoNBDFitter)):
        model = kind()
        model.fit(table["frequency"], table["recency"], table["age"], **({"maxiter": 10_000} if name == "pareto_nbd" else {}))
        made[name] = {
            "params": list(model.params_), "customers": CUSTOMERS,
            "probability_alive": [float(v) for v in pd.Series(model.conditional_probability_alive(x, recency, age))],
            "expected_purchases": [float(v) for v in pd.Series(
                model.conditional_expected_number_of_purchases_up_to_time(39, x, recency, age))],
            "expected_total_52": float(model.expected_number_of_purchases_up_to_time(52))}
    kept = table[(table["frequency"] > 0) & (table["monetary"] > 0)]
    model = GammaGammaFitter()
    model.fit(kept["frequency"], kept["monetary"])
    made["gamma_gamma"] = {
        "params": list(model.params_), "n": len(kept), "frequency": [1, 3, 10], "monetary": [20.0, 50.0, 35.0],
        "expected_monetary": [float(v) for v in model.conditional_expected_average_profit(
            pd.Series([1, 3, 10]), pd.Series([20.0, 50.0, 35.0]))]}
    Path(__file__).with_suffix(".json").write_text(json.dumps(made) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
