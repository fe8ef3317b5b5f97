"""How often intervals of lifetime value hold what comes: of the total and of single customers, before and after.

Customers are drawn by a known process, 1,000 a set, seen for 39 weeks and followed for 39 more. The models are fitted
to the 39 weeks; the error of the model is told from a holdout inside them (fitted to 26, held against 13). Then what
came is held against

- `parameters`: the interval of the expected value, which draws parameters only (what the kit showed before);
- `futures`: the predictive interval (`value.lifetime`, `value.lifetime_total`);
- `futures, holdout`: the same, widened by the error of the holdout (`model_error`), for totals.

Worlds: MBG/NBD and Pareto/NBD with CDNOW's parameters, fitted by their own model; Pareto/NBD fitted by the MBG/NBD; and
"seasons", an MBG/NBD in which the rate of everybody is multiplied by a log-normal factor (sd .2) in the holdout and by
another in the weeks that come, as by a season or a campaign. Last, CDNOW and the grocery panel, cut at several days.

    .venv/bin/python benchmarks/forecast.py [sets, 200 by default] [--short]

One thread; seed 13. `--short` takes 10 sets.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd

from segkit.data import tables
from segkit.lifecycle import purchase_days, value

N, SEEN, AHEAD, SPLIT, DRAWS = 1000, 39.0, 39.0, 26.0, 200
GAMMA = (6.25, 3.74, 15.44)
WORLDS = {"MBG/NBD": ("mbg_nbd", "mbg_nbd", 0.0), "Pareto/NBD": ("pareto_nbd", "pareto_nbd", 0.0),
          "Pareto/NBD, fitted by MBG/NBD": ("pareto_nbd", "mbg_nbd", 0.0), "seasons": ("mbg_nbd", "mbg_nbd", 0.2)}
REAL = {"CDNOW": ("cdnow.transactions", {}, ("1997-09-30", "1997-12-31"), 26),
        "grocery": ("complete_journey.baskets", {"customer_id": "household_id", "date": "transaction_timestamp",
                                                 "amount": "sales_value"}, ("2017-06-30", "2017-09-02"), 13)}


def history(truth: str, seasons: float, rng: np.random.Generator) -> list[tuple[float, np.ndarray]]:
    """Purchases of each customer: times after the first one, the amounts, and when the customer came."""
    came = rng.uniform(0, 12, N)
    scale = rng.gamma(GAMMA[1], 1 / GAMMA[2], N)
    factors = np.exp(seasons * rng.standard_normal(2) - seasons**2 / 2)
    if truth == "mbg_nbd":
        rate, leaving, ends = rng.gamma(0.525, 1 / 6.183, N), rng.beta(0.891, 1.614, N), np.full(N, np.inf)
    else:
        rate, leaving = rng.gamma(0.553, 1 / 10.578, N), np.zeros(N)
        ends = came + rng.exponential(1 / rng.gamma(0.606, 1 / 11.669, N))
    told = []
    for i in range(N):
        times, now, gone = [], came[i], rng.random() < leaving[i]
        while not gone:
            step = rng.exponential() / rate[i]  # in weeks of ordinary pace; seasons stretch or shrink them
            for start, stop, pace in ((0.0, SPLIT, 1.0), (SPLIT, SEEN, factors[0]), (SEEN, SEEN + AHEAD, factors[1])):
                if now < stop:
                    lasts = (stop - max(now, start)) * pace
                    if step <= lasts:
                        now, step = max(now, start) + step / pace, 0.0
                        break
                    now, step = stop, step - lasts
            if step > 0 or now > ends[i]:
                break
            times.append(now)
            gone = rng.random() < leaving[i]
        times = np.array(times)
        told.append((came[i], times, rng.gamma(GAMMA[0], 1 / scale[i], len(times))))
    return told


def seen(told: list, until: float, after: float) -> pd.DataFrame:
    """`summarise`'s table at `until`, with a holdout up to `after`."""
    rows = []
    for came, times, amounts in told:
        known, later = times <= until, (times > until) & (times <= after)
        rows.append((known.sum(), times[known].max(initial=came) - came, until - came,
                     amounts[known].mean() if known.any() else 0.0, later.sum(), after - until, amounts[later].sum()))
    return pd.DataFrame(rows, columns=["repeat_frequency", "last_purchase_age", "customer_age", "repeat_monetary",
                                       "holdout_frequency", "holdout_age", "holdout_monetary"])


def fitted(model: str, table: pd.DataFrame) -> tuple:
    columns = [table[c] for c in ("repeat_frequency", "last_purchase_age", "customer_age")]
    return value.attempt(model, *columns), value.attempt("gamma_gamma", columns[0], monetary=table["repeat_monetary"])


def by_parameters(model: object, spend: object, table: pd.DataFrame, n: int = 25) -> np.ndarray:
    """Expected values of each customer at drawn parameters, draws × customers."""
    drawn = zip(model.draws(n, 1), spend.draws(n, 2), strict=True)
    return np.array([value.lifetime(model.at(a), spend.at(b), table, AHEAD, 0.0, n_draws=0)["lifetime_value"]
                     for a, b in drawn])


def one(world: str, seed: int) -> dict[str, float]:
    truth, model, seasons = WORLDS[world]
    told = history(truth, seasons, np.random.default_rng([13, seed]))
    early, now = seen(told, SPLIT, SEEN), seen(told, SEEN, SEEN + AHEAD)
    trained, fit = fitted(model, early), fitted(model, now)
    if any(m.undetermined for m in fit):
        return {"left out": 1.0}
    came = now["holdout_monetary"].to_numpy()
    error = value.model_error(value.spending(*trained, early, n_draws=DRAWS, random_state=seed))
    plain, wide = (value.lifetime_total(*fit, now, AHEAD, 0.0, model_error=e, n_draws=DRAWS, random_state=seed).iloc[0]
                   for e in (0.0, error))
    each = value.lifetime(*fit, now, AHEAD, 0.0, n_draws=DRAWS, random_state=seed)
    drawn = by_parameters(*fit, now)
    ends = np.quantile(drawn, [0.025, 0.975], axis=0)
    of_total = np.quantile(drawn.sum(axis=1), [0.025, 0.975])
    busy = each["expected_purchases"].to_numpy() >= 0.5
    own = (each["lifetime_value_low"] <= came) & (came <= each["lifetime_value_high"])
    names = ["total_lifetime_value_low", "total_lifetime_value_high"]
    return {"total, parameters": of_total[0] <= came.sum() <= of_total[1],
            "total, futures": plain[names[0]] <= came.sum() <= plain[names[1]],
            "total, futures, holdout": wide[names[0]] <= came.sum() <= wide[names[1]],
            "customer, parameters": np.mean((ends[0] <= came) & (came <= ends[1])),
            "customer, futures": own.mean(), "busy customer, futures": own[busy].mean(),
            "width of total, futures": (plain[names[1]] - plain[names[0]]) / plain["total_lifetime_value"],
            "width of total, futures, holdout": (wide[names[1]] - wide[names[0]]) / plain["total_lifetime_value"]}


def real(name: str, last: str) -> str:
    """A panel cut at a day: the holdout before it tells the model and its error, the weeks after it what came."""
    source, columns, _, weeks = REAL[name]
    purchases = tables.load(source, "transactions", columns)
    split = purchase_days.earlier(purchases, 7 * weeks, last)
    end = pd.Timestamp(last) + pd.Timedelta(weeks=weeks)
    known = purchases.filter(purchases.date.date() <= pd.Timestamp(last).date())
    until = purchases.filter(purchases.date.date() <= end.date())
    early, now = value.summarise(known, last, split), value.summarise(until, end.date(), last)
    taken = value.choose(value.compare(value.rivals(early), early)).model
    trained, fit = fitted(taken, early), fitted(taken, now)
    spent = value.spending(*trained, early, random_state=7)
    error = value.model_error(spent)
    row = value.lifetime_total(*fit, now, float(weeks), 0.0, model_error=error, random_state=7).iloc[0]
    each = value.lifetime(*fit, now, float(weeks), 0.0, random_state=7)
    came = now["holdout_monetary"]
    low, high = row["total_lifetime_value_low"], row["total_lifetime_value_high"]
    plain = value.lifetime_total(*fit, now, float(weeks), 0.0, random_state=7).iloc[0]
    own = ((each["lifetime_value_low"] <= came) & (came <= each["lifetime_value_high"])).mean()
    return (f"{name}, {weeks} weeks from {last}, {taken}: came {came.sum():,.0f}, expected "
            f"{row['total_lifetime_value']:,.0f}, futures {plain['total_lifetime_value_low']:,.0f} to "
            f"{plain['total_lifetime_value_high']:,.0f}, with the holdout's error {low:,.0f} to {high:,.0f} "
            f"({'held' if low <= came.sum() <= high else 'missed'}); single customers {own:.1%}")


def main() -> None:
    sets = 10 if "--short" in sys.argv else int(next((a for a in sys.argv[1:] if a.isdigit()), 200))
    for world in WORLDS:
        began = time.process_time()
        found = pd.DataFrame([one(world, seed) for seed in range(sets)])
        left = int(found.pop("left out").sum()) if "left out" in found else 0
        means = found.astype(float).mean()
        print(f"{world}: {sets - left} sets of {N:,} customers ({left} left out, undetermined), "
              f"{time.process_time() - began:.0f} s CPU")
        for name, share in means.items():
            print(f"  {name:34} {share:.1%}", flush=True)
    for name, (_, _, days, _) in REAL.items():
        for last in days:
            print(real(name, last), flush=True)


if __name__ == "__main__":
    main()
