"""The table of repeat purchases, tracking, holdout and lifetime value against loops and integrals."""

import math

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from segkit.data import tables
from segkit.lifecycle import value
from segkit.words.errors import DataError

PURCHASE_MODELS = ("bg_nbd", "mbg_nbd", "pareto_nbd")


def make_sales(seed=0, n_customers=150, returns=True):
    """Purchase lines over 300 days with times of day, several on a day, missing amounts and, if wanted, returns."""
    rng = np.random.default_rng(seed)
    n = rng.geometric(0.25, n_customers)
    owner = np.repeat(np.arange(n_customers), n)
    first = rng.integers(0, 120, n_customers)[owner]
    day = np.minimum(first + rng.integers(0, 180, len(owner)) * (rng.random(len(owner)) < 0.8), 299)
    amount = rng.lognormal(3, 0.6, len(owner)).round(3)
    if returns:
        amount *= np.where(rng.random(len(owner)) < 0.1, -1, 1)
    amount[rng.random(len(owner)) < 0.05] = np.nan
    date = pd.Timestamp("2024-01-01") + pd.to_timedelta(day * 86400 + rng.integers(0, 86400, len(owner)), unit="s")
    return pd.DataFrame({"customer_id": owner, "date": date, "amount": amount})


def cents(amount):
    """Whole cents, halves away from zero."""
    return int(math.copysign(math.floor(abs(amount * 100) + 0.5), amount))


def looped(sales, as_of, calibration_end, unit_days=7):
    """`summarise` by a loop over customers."""
    end, last = pd.Timestamp(calibration_end), pd.Timestamp(as_of)
    rows = {}
    for customer, own in sales.groupby("customer_id"):
        days, moments = {}, {}
        for moment, amount in zip(own["date"], own["amount"], strict=True):
            moments[moment] = moments.get(moment, 0) + (0 if np.isnan(amount) else cents(amount))
        for moment, c in sorted(moments.items()):
            if c >= 0:
                days[moment.normalize()] = days.get(moment.normalize(), 0) + c
        if not days or min(days) > end:
            continue
        first = min(days)
        again = [d for d in days if first < d <= end]
        later = [d for d in days if d > end]
        rows[customer] = {
            "first_date": first, "repeat_frequency": len(again),
            "last_purchase_age": (max([first, *again]) - first).days / unit_days,
            "customer_age": (end - first).days / unit_days,
            "repeat_monetary": sum(days[d] for d in again) / 100 / len(again) if again else 0.0,
            "holdout_frequency": len(later), "holdout_age": (last - end).days / unit_days,
            "holdout_monetary": sum(days[d] for d in later) / 100}
    return pd.DataFrame.from_dict(rows, orient="index")


@pytest.mark.parametrize("unit_days", [1, 7, 30.4])
@pytest.mark.parametrize("seed", [0, 1])
def test_summary_equals_a_loop(seed, unit_days):
    sales = make_sales(seed)
    made = value.summarise(sales, "2024-11-10", "2024-07-15", unit_days=unit_days)
    expected = looped(sales, "2024-11-10", "2024-07-15", unit_days)
    assert 100 < len(made) < 150
    pd.testing.assert_frame_equal(made, expected, check_names=False, check_dtype=False, rtol=1e-12)


def test_without_calibration_everything_is_known():
    sales = make_sales()
    made = value.summarise(sales)
    last = sales["date"].max().normalize()
    expected = looped(sales, last, last).drop(columns=["holdout_frequency", "holdout_age", "holdout_monetary"])
    pd.testing.assert_frame_equal(made, expected, check_names=False, check_dtype=False, rtol=1e-12)


def test_summary_stays_in_the_engine_and_takes_names():
    renamed = make_sales().fillna({"amount": 0.0}).rename(columns={"customer_id": "client", "date": "day", "amount": "paid"})
    expression = value.features(ibis.memtable(renamed), customer_id="client", date="day", amount="paid")
    assert isinstance(expression, ibis.expr.types.Table)
    assert expression.columns[0] == "client"
    loaded = tables.load(renamed, "transactions", {"customer_id": "client", "date": "day", "amount": "paid"})
    made = value.summarise(loaded)
    pd.testing.assert_frame_equal(made, expression.execute().set_index("client"), check_names=False)
    without = value.summarise(renamed, customer_id="client", date="day", amount=None)
    assert "repeat_monetary" not in without


def test_a_day_of_returns_is_no_purchase():
    sales = pd.DataFrame({"customer_id": [1, 1, 1, 1, 2], "amount": [10.0, -10.0, 30.0, -5.0, -8.0],
                          "date": pd.to_datetime(["2024-01-01", "2024-01-03", "2024-01-08", "2024-01-08", "2024-01-09"])})
    made = value.summarise(sales, as_of="2024-01-15")
    assert made.index.to_list() == [1]
    assert made.loc[1, ["repeat_frequency", "last_purchase_age", "repeat_monetary"]].to_list() == [1, 1.0, 25.0]


@pytest.mark.parametrize(("arguments", "told"), [
    ({"as_of": "2024-03-01"}, "purchases go on to"),
    ({"as_of": "soon"}, "not a day"),
    ({"calibration_end": "2020-01-01"}, "not between the first purchase"),
    ({"calibration_end": "2030-01-01"}, "not between the first purchase"),
    ({"unit_days": 0}, "above 0"),
    ({"amount": "amonut"}, "did you mean `amount`"),
    ({"customer_id": "who", "date": "when"}, "column 'when'"),
])
def test_faults_of_the_summary(arguments, told):
    with pytest.raises(DataError, match=told):
        value.summarise(make_sales(), **arguments)


@pytest.fixture(scope="module")
def base():
    """600 customers simulated by an MBG/NBD with spending, their purchases over 60 weeks as days."""
    rng = np.random.default_rng(7)
    rows = []
    for customer in range(600):
        rate, leaving, usual = rng.gamma(0.9, 1 / 7), rng.beta(0.8, 2.2), 5.0 / rng.gamma(4, 1 / 30)
        now = start = rng.uniform(0, 15)
        while now < 60:
            rows.append((customer, int(now * 7), rng.gamma(5, usual / 5)))
            if rng.random() < leaving:
                break
            now += rng.exponential(1 / rate)
        assert now >= start
    sales = pd.DataFrame(rows, columns=["customer_id", "day", "amount"])
    return sales.assign(date=pd.Timestamp("2023-01-02") + pd.to_timedelta(sales["day"], unit="D"))


END, LAST = "2023-09-30", "2024-02-25"


@pytest.fixture(scope="module")
def summary(base):
    return value.summarise(base, as_of=LAST, calibration_end=END)


@pytest.fixture(scope="module")
def models(summary):
    columns = [summary[c] for c in ("repeat_frequency", "last_purchase_age", "customer_age")]
    return {name: value.fit(name, *columns) for name in PURCHASE_MODELS}


def test_tracking_equals_a_loop(base, models):
    model = models["bg_nbd"]
    made = value.tracking(model, base, END, LAST)
    days = base[["customer_id", "date"]].drop_duplicates()
    first = days.groupby("customer_id")["date"].min()
    repeat = days[days["date"] > days["customer_id"].map(first)]["date"]
    for period in (1, 12, len(made)):
        row = made.loc[period]
        since = (row["period_end"] - first[first <= row["period_end"]]).dt.days / 7
        assert row["cumulative_actual"] == (repeat <= row["period_end"]).sum()
        assert row["cumulative_expected"] == pytest.approx(sum(model.expected_total(t) for t in since), rel=1e-9)
    assert made["actual_purchases"].sum() == made["cumulative_actual"].iloc[-1] == (repeat <= made["period_end"].max()).sum()
    assert made["expected_purchases"].sum() == pytest.approx(made["cumulative_expected"].iloc[-1])
    assert made.loc[made["phase"] == "calibration", "period_end"].max() == pd.Timestamp(END)
    assert (made["period_end"].diff().dropna() == pd.Timedelta(days=7)).all()


def test_money_back_is_not_tracked_as_a_purchase(base, models):
    """Days of nothing but money back leave every count as it was."""
    paid = base.assign(amount=base["amount"].fillna(0).abs() + 1)
    back = paid[paid["date"] < "2023-06-01"].assign(amount=-500.0)
    back = pd.concat([back.assign(date=back["date"] + pd.Timedelta(k, "D")) for k in (1, 2)])
    keys = ["customer_id", "date"]
    alone = back[~pd.MultiIndex.from_frame(back[keys]).isin(pd.MultiIndex.from_frame(paid[keys]))]
    assert len(alone) > 50
    before, after = (value.tracking(models["bg_nbd"], sales, END, LAST) for sales in (paid, pd.concat([paid, alone])))
    pd.testing.assert_frame_equal(before, after)


def test_customers_who_came_later_are_not_tracked(base, models):
    late = pd.DataFrame({"customer_id": [9001, 9001], "amount": 1.0, "date": pd.to_datetime(["2023-11-01", "2023-12-01"])})
    before, after = (value.tracking(models["bg_nbd"], sales, END, LAST)
                     for sales in (base, pd.concat([base, late], ignore_index=True)))
    pd.testing.assert_frame_equal(before, after)


def test_holdout_equals_a_loop(summary, models):
    model = models["pareto_nbd"]
    made = value.holdout(model, summary, hiatus=10, most=4)
    assert made.index.to_list() == ["0", "1", "2", "3", "4+"]
    assert made["n_customers"].sum() == len(summary)
    own = summary[summary["repeat_frequency"] == 2]
    assert made.loc["2", "actual_purchases"] == own["holdout_frequency"].mean()
    ahead = own["holdout_age"].iloc[0]
    old = own["repeat_frequency"] / own["customer_age"] * ahead
    gone = own["customer_age"] - own["last_purchase_age"] > 10
    assert made.loc["2", "status_quo_purchases"] == pytest.approx(old.mean())
    assert made.loc["2", "hiatus_purchases"] == pytest.approx(old.where(~gone, 0).mean())
    expected = model.expected_purchases(ahead, own["repeat_frequency"], own["last_purchase_age"], own["customer_age"])
    assert made.loc["2", "expected_purchases"] == pytest.approx(expected.mean())


def test_errors_are_those_of_the_forecasts(summary, models):
    made = value.holdout_errors(models["mbg_nbd"], summary)
    actual = summary["holdout_frequency"]
    foreseen = models["mbg_nbd"].expected_purchases(summary["holdout_age"], summary["repeat_frequency"],
                                                    summary["last_purchase_age"], summary["customer_age"])
    row = made.loc["model"]
    assert row["mean_absolute_error"] == pytest.approx((foreseen - actual).abs().mean())
    assert row["root_mean_squared_error"] == pytest.approx(((foreseen - actual) ** 2).mean() ** 0.5)
    assert row["correlation"] == pytest.approx(foreseen.corr(actual))
    assert row["total_error"] == pytest.approx(foreseen.sum() / actual.sum() - 1)
    assert row["hit_share"] == ((foreseen >= 0.5) == (actual > 0)).mean()
    # customers who leave are what the model knows of and the status quo does not
    assert row["mean_absolute_error"] < made.loc["status quo", "mean_absolute_error"]
    assert abs(row["total_error"]) < abs(made.loc["status quo", "total_error"])


def test_holdout_needs_a_model_of_purchases_and_a_holdout(summary, models, spend):
    with pytest.raises(DataError, match="no fitted model of purchases"):
        value.holdout(spend, summary)
    with pytest.raises(DataError, match="calibration_end"):
        value.holdout_errors(models["bg_nbd"], summary.drop(columns="holdout_age"))
    with pytest.raises(DataError, match="hiatus"):
        value.holdout(models["bg_nbd"], summary, hiatus=-1)
    with pytest.raises(DataError, match="whole days"):
        value.tracking(models["bg_nbd"], make_sales(), "2024-06-01", unit_days=30.4)


@pytest.mark.parametrize("name", PURCHASE_MODELS)
@pytest.mark.parametrize("horizon", [4.0, 104.0, 500.0])
def test_lifetime_value_is_the_discounted_integral(models, spend, summary, name, horizon):
    few = summary[summary["repeat_frequency"] > 0].iloc[:2]
    made = value.lifetime(models[name], spend, few, horizon, discount_rate=0.15, margin=0.3, n_draws=0)
    rate = np.log(1.15) * 7 / 365.25
    for customer, row in few.iterrows():
        own = row[["repeat_frequency", "last_purchase_age", "customer_age"]].astype(float)

        def bought(t, own=own):
            return models[name].expected_purchases(t, *own)

        whole = integrate.quad(lambda t, f=bought: rate * np.exp(-rate * t) * f(t), 0, horizon, epsrel=1e-8)[0]
        whole += np.exp(-rate * horizon) * bought(horizon)
        amount = spend.expected_monetary(row["repeat_frequency"], row["repeat_monetary"])
        assert made.loc[customer, "lifetime_value"] == pytest.approx(0.3 * amount * whole, rel=2e-6)
        assert made.loc[customer, "expected_purchases"] == pytest.approx(bought(horizon))
    assert made["lifetime_value_low"].isna().all()


def test_lifetime_value_at_opportunities_is_a_sum(spend):
    x, recency = np.array([0, 1, 3, 2] * 10), np.array([0, 2, 5, 2] * 10)
    model = value.fit("bg_bb", x, recency, np.full(40, 6))
    table = pd.DataFrame({"repeat_frequency": x, "last_purchase_age": recency, "customer_age": 6,
                          "repeat_monetary": np.where(x > 0, 40.0, 0.0)})
    made = value.lifetime(model, spend, table, 3, discount_rate=0.1, unit_days=365.25, n_draws=0)
    steps = [0.0, *(model.expected_purchases(t, 3, 5, 6) for t in (1, 2, 3))]
    expected = sum(step / 1.1**t for t, step in enumerate(np.diff(steps), start=1)) * spend.expected_monetary(3, 40.0)
    assert made.loc[2, "lifetime_value"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_interval_is_drawn_by_seed_and_holds_the_value(fitted, spend, cdnow, name):
    some = cdnow.iloc[:300]
    made = value.lifetime(fitted[name], spend, some, 52, random_state=3)
    again = value.lifetime(fitted[name], spend, some, 52, random_state=3)
    pd.testing.assert_frame_equal(made, again)
    other = value.lifetime(fitted[name], spend, some, 52, random_state=4)
    assert not np.allclose(made["lifetime_value_high"], other["lifetime_value_high"])
    assert (made["lifetime_value_low"] <= made["lifetime_value_high"]).all()
    assert (made["lifetime_value_low"] >= 0).all()
    narrow = value.lifetime(fitted[name], spend, some, 52, level=0.5, random_state=3)
    assert (narrow["lifetime_value_high"] <= made["lifetime_value_high"]).all()


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "pareto_nbd", "bg_bb"])
def test_futures_have_the_mean_that_is_expected(models, spend, name):
    """400,000 drawn futures of one customer: purchases, buyers, discounted purchases and amounts, by integrals."""
    model = models[name] if name in models else value.fit("bg_bb", [0, 1, 3, 2] * 10, [0, 2, 5, 2] * 10, [6] * 40)
    n, horizon, rate, rng = 400_000, 26, 0.02, np.random.default_rng(1)
    x, recency, age = (4.0, 20.0, 36.0) if name in models else (3.0, 5.0, 6.0)
    bought, discount = model.future_if_alive(horizon, rate, np.full(n, x), np.full(n, age), rng)
    alive = model.probability_alive(x, recency, age)
    assert bought.mean() * alive == pytest.approx(model.expected_purchases(horizon, x, recency, age), rel=0.01)
    assert (bought > 0).mean() * alive == pytest.approx(model.probability_of_purchase(horizon, x, recency, age), rel=0.01)
    exact = model.discounted_if_alive(horizon, rate, np.array([x]), np.array([age]))[0]
    assert (bought * discount).mean() == pytest.approx(exact, rel=0.01)
    some = bought[bought > 0]
    amounts = spend.future(some, np.full(len(some), x), np.full(len(some), 30.0), rng)
    assert amounts.mean() / some.mean() == pytest.approx(spend.expected_monetary(x, 30.0), rel=0.02)


@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_a_purchase_is_as_likely_as_a_brute_force_says(models, name):
    """Over a grid of rates and of times or chances to leave, weighed by what was seen of the customer."""
    model, horizon = models[name], 20.0
    for x, recency, age in ((0.0, 0.0, 30.0), (3.0, 12.0, 36.0), (40.0, 35.0, 36.0)):
        r, alpha, a, b = model.values
        rates = stats.gamma(r + x, scale=1 / (alpha + age))
        u = (np.arange(2000) + 0.5) / 2000
        if name == "pareto_nbd":
            v = (np.arange(1500) + 0.5) / 1500
            lam, mu = rates.ppf(u)[:, None], stats.gamma(a, scale=1 / (b + age)).ppf(v)[None]
            buys = (lam / (lam + mu) * -np.expm1(-(lam + mu) * horizon)).mean()
        else:
            buys = -np.expm1(-rates.ppf(u) * horizon).mean()
        expected = model.probability_alive(x, recency, age) * buys
        assert model.probability_of_purchase(horizon, x, recency, age) == pytest.approx(expected, rel=2e-3)


def test_totals_are_sums_and_groups_add_up(models, spend, summary):
    each = value.lifetime(models["mbg_nbd"], spend, summary, 52, n_draws=0)
    total = value.lifetime_total(models["mbg_nbd"], spend, summary, 52, random_state=1).iloc[0]
    assert total["total_lifetime_value"] == pytest.approx(each["lifetime_value"].sum())
    assert total["total_lifetime_value_low"] < total["total_lifetime_value"] < total["total_lifetime_value_high"]
    tenth = value.tenths(each["lifetime_value"])
    made = value.lifetime_total(models["mbg_nbd"], spend, summary, 52, by=tenth, random_state=1)
    assert made.index.name == "tenth"
    assert made["total_lifetime_value"].sum() == pytest.approx(total["total_lifetime_value"])
    assert made["lifetime_share"].sum() == pytest.approx(1)
    assert made["n_customers"].sum() == len(summary)
    assert made["lifetime_value"].idxmax() == tenth.min()
    own = each["lifetime_value"][tenth == 1]
    assert made.loc[1, "total_lifetime_value"] == pytest.approx(own.sum())
    with pytest.raises(DataError, match="no segment"):
        value.lifetime_total(models["mbg_nbd"], spend, summary, 52, by=tenth.iloc[:-5])


def simulated(rng, n=500, weeks=20.0):
    """Customers of an MBG/NBD with Gamma-Gamma amounts, what was seen of them, and what they spend in the weeks after."""
    age = rng.integers(25, 40, n).astype(float)
    rate, leaving, scale = rng.gamma(0.9, 1 / 6, n), rng.beta(0.9, 2.4, n), rng.gamma(4, 1 / 40, n)
    x, recency, after, now = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    going = rng.random(n) >= leaving
    while going.any():
        now = now + rng.exponential(1 / rate)
        going &= now <= age + weeks
        seen = going & (now <= age)
        x, recency, after = x + seen, np.where(seen, now, recency), after + (going & ~seen)
        going &= rng.random(n) >= leaving
    mean = np.where(x > 0, rng.gamma(6 * np.maximum(x, 1), 1 / (scale * np.maximum(x, 1))), 0)
    spent = np.where(after > 0, rng.gamma(6 * np.maximum(after, 1), 1 / scale), 0)
    table = pd.DataFrame({"repeat_frequency": x, "last_purchase_age": recency, "customer_age": age, "repeat_monetary": mean})
    return table, spent


@pytest.mark.sweep
def test_intervals_hold_what_comes():
    """In 60 samples the total spent afterwards lies in its interval, and each customer's in the customer's own.

    At 95 % and with 60 samples fewer than 51 held would come by chance once in 1,000 times.
    """
    held, own, rng = [], [], np.random.default_rng(11)
    for _ in range(60):
        table, spent = simulated(rng)
        history = [table[c] for c in ("repeat_frequency", "last_purchase_age", "customer_age")]
        model = value.fit("mbg_nbd", *history)
        amounts = value.fit("gamma_gamma", history[0], monetary=table["repeat_monetary"])
        arguments = {"horizon": 20.0, "discount_rate": 0.0, "random_state": 1, "n_draws": 200}
        total = value.lifetime_total(model, amounts, table, **arguments).iloc[0]
        each = value.lifetime(model, amounts, table, **arguments)
        held.append(total["total_lifetime_value_low"] <= spent.sum() <= total["total_lifetime_value_high"])
        own.append(((each["lifetime_value_low"] <= spent) & (spent <= each["lifetime_value_high"])).mean())
    assert sum(held) >= 51
    assert 0.93 <= np.mean(own) <= 0.98


def test_an_error_of_the_model_widens_totals_and_moves_no_expectation(models, spend, summary):
    sure, unsure = (value.lifetime_total(models["mbg_nbd"], spend, summary, 52, model_error=e, random_state=1).iloc[0]
                    for e in (0.0, 0.2))
    assert unsure["total_lifetime_value"] == sure["total_lifetime_value"]
    width = np.log(unsure["total_lifetime_value_high"] / unsure["total_lifetime_value_low"])
    own = np.log(sure["total_lifetime_value_high"] / sure["total_lifetime_value_low"])
    assert width == pytest.approx(np.hypot(own, 2 * 1.96 * 0.2), rel=0.15)
    with pytest.raises(DataError, match="`model_error`"):
        value.lifetime_total(models["mbg_nbd"], spend, summary, 52, model_error=-1.0)


@pytest.mark.parametrize("factor", [1.0, 1.5])
def test_what_the_holdout_says_of_the_model(models, summary, factor):
    """Spending half as much again as foreseen is an error of the model of about ln 1.5; what fits is none."""
    amounts = value.fit("gamma_gamma", summary["repeat_frequency"], monetary=summary["repeat_monetary"])
    middle = value.spending(models["mbg_nbd"], amounts, summary, random_state=1).iloc[0]["foreseen_monetary"]
    scale = factor * middle / summary["holdout_monetary"].sum()
    spent = value.spending(models["mbg_nbd"], amounts, summary.assign(holdout_monetary=scale * summary["holdout_monetary"]),
                           random_state=1)
    row = spent.iloc[0]
    assert row["foreseen_low"] < row["foreseen_monetary"] < row["foreseen_high"]
    assert row["total_error"] == pytest.approx(1 / factor - 1, abs=1e-4)
    sd = np.log(row["foreseen_high"] / row["foreseen_low"]) / (2 * 1.96)
    assert value.model_error(spent) == pytest.approx(np.sqrt(max(0, np.log(factor) ** 2 - sd**2)), abs=0.02)
    nothing = value.spending(models["mbg_nbd"], amounts, summary.assign(holdout_monetary=0.0))
    assert nothing.empty
    assert value.model_error(nothing) == 0


@pytest.mark.parametrize(("change", "told"), [
    ({"horizon": 0}, "`horizon`: must be above 0"), ({"discount_rate": -0.1}, "`discount_rate`"),
    ({"discount_rate": 5}, "0.1 for 10 %"), ({"margin": 1.5}, "`margin`"), ({"n_draws": 1}, "`n_draws`"), ({"level": 95}, "between 0 and 1"),
])
def test_faults_of_lifetime_value(models, spend, summary, change, told):
    with pytest.raises(DataError, match=told):
        value.lifetime(models["bg_nbd"], spend, summary, **{"horizon": 52, **change})


def test_models_of_the_wrong_kind_are_told_together(models, spend, summary):
    with pytest.raises(DataError) as caught:
        value.lifetime(spend, models["bg_nbd"], summary, 52)
    assert len(caught.value.faults) == 2
    with pytest.raises(DataError, match="repeat_monetary"):
        value.lifetime(models["bg_nbd"], spend, summary.drop(columns="repeat_monetary"), 52)


def test_spending_without_a_mean_is_told(models, spend, summary):
    endless = spend.at(np.array([2.0, 0.9, 10.0]))
    assert endless.population_mean == float("inf")
    with pytest.raises(DataError, match="has no mean"):
        value.lifetime(models["bg_nbd"], endless, summary, 52)


def test_grid_shows_that_frequent_buyers_who_stopped_are_gone(models):
    made = value.grid(models["bg_nbd"], age=40, most=8, duration=26)
    alive = made["probability_alive"].unstack("last_purchase_age")
    assert alive.shape == (8, 20)
    assert (alive.diff(axis=1).iloc[:, 1:] > 0).all(axis=None)
    assert alive.loc[8, 10.0] < alive.loc[1, 10.0]
    assert alive.loc[8, 40.0] > alive.loc[1, 40.0]
    with pytest.raises(DataError, match="`age`"):
        value.grid(models["bg_nbd"], age=0)


# too few customers to fit a model --------------------------------------------------------------------------------

def few(n_returning):
    """Sixty customers of a year, of whom some bought again half a year later."""
    ids = [*range(60), *range(n_returning)]
    days = [*pd.date_range("2024-01-01", periods=60), *pd.date_range("2024-08-01", periods=n_returning)]
    return pd.DataFrame({"customer_id": ids, "date": days, "amount": 20.0})


@pytest.mark.parametrize("n_returning", [0, 1, value.FEWEST_REPEAT_BUYERS - 1])
@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_a_model_of_too_few_knows_nothing(name, n_returning):
    sales = few(n_returning)
    bought = value.summarise(sales, as_of="2024-12-31")
    history = [bought[c] for c in ("repeat_frequency", "last_purchase_age", "customer_age")]
    with pytest.raises(value.TooFewError, match=f"has {n_returning} customers who bought again"):
        value.fit(name, *history)
    fitted = value.attempt(name, *history)
    spend = value.attempt("gamma_gamma", history[0], monetary=bought["repeat_monetary"])
    assert set(fitted.undetermined) == set(fitted.params.index)
    assert fitted.probability_alive(*history).isna().all()
    assert fitted.expected_purchases(10, *history).isna().all()
    assert spend.expected_monetary(history[0], bought["repeat_monetary"]).isna().all()
    assert fitted.parameters().empty
    assert spend.parameters().empty
    told = value.lifetime(fitted, spend, bought, 52, n_draws=0)
    assert told.index.equals(bought.index)
    assert told.isna().all(axis=None)
    assert value.lifetime_total(fitted, spend, bought, 52, n_draws=0)["total_lifetime_value"].isna().all()
    early = value.summarise(sales, "2024-12-31", "2024-10-01")
    assert value.tracking(fitted, sales, "2024-10-01", "2024-12-31").empty
    assert value.holdout(fitted, early).empty
    assert value.grid(fitted, 50).empty
    errors = value.holdout_errors(fitted, early)
    assert errors.loc["model"].drop("actual_purchases").isna().all()
    assert errors.loc["status quo", "foreseen_purchases"] > 0 if n_returning else True


def test_ten_who_bought_again_are_enough_and_other_faults_stay():
    bought = value.summarise(few(value.FEWEST_REPEAT_BUYERS), as_of="2024-12-31")
    history = [bought[c] for c in ("repeat_frequency", "last_purchase_age", "customer_age")]
    pd.testing.assert_series_equal(value.attempt("mbg_nbd", *history).params, value.fit("mbg_nbd", *history).params)
    with pytest.raises(DataError, match=r"beyond|after|larger|above"):
        value.attempt("mbg_nbd", [1, 0], [9, 0], [5, 5])


def test_the_value_of_a_fitted_model_and_an_unfitted_spend_is_missing_not_infinite():
    bought = value.summarise(make_sales(), as_of="2024-12-31")
    fitted = value.fit("mbg_nbd", *(bought[c] for c in ("repeat_frequency", "last_purchase_age", "customer_age")))
    spend = value.attempt("gamma_gamma", [0, 1], monetary=[0.0, 5.0])
    assert value.lifetime(fitted, spend, bought, 52, n_draws=0)["lifetime_value"].isna().all()


def test_uneven_spending_leaves_out_its_part_and_no_more():
    """Amounts with a tail so heavy that Gamma-Gamma's q is below 1: no mean exists, and no error is raised."""
    rng = np.random.default_rng(3)
    x = rng.integers(0, 4, 400)
    mean = np.where(x > 0, 10 / rng.random(400) ** 1.6, 0.0)
    raw = value.fit("gamma_gamma", x, monetary=mean)
    assert raw.params["q"] < 1
    spend = value.attempt("gamma_gamma", x, monetary=mean)
    assert spend.undetermined
    assert np.isnan(spend.expected_monetary(x, mean)).all()
    assert "uneven" in value.told(spend)
    assert value.told(raw) != value.told(spend)


def test_a_customer_whose_only_repeat_day_cost_money_back_is_no_repeat_buyer():
    sales = pd.concat([few(20), pd.DataFrame({"customer_id": [900, 900, 900], "amount": [30.0, 15.0, -80.0],
                                              "date": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-02-01"])})])
    bought = value.summarise(sales, as_of="2024-12-31")
    assert bought.loc[900, ["repeat_frequency", "repeat_monetary"]].to_list() == [0, 0.0]
    assert value.fit("gamma_gamma", bought["repeat_frequency"], monetary=bought["repeat_monetary"]).n_customers == 20


def test_days_are_no_counts():
    days = pd.Series(pd.date_range("2024-01-01", periods=20))
    with pytest.raises(DataError, match=r"`frequency`.*days or lengths of time"):
        value.fit("mbg_nbd", days, np.ones(20), np.full(20, 9.0))
    with pytest.raises(DataError, match="`recency`"):
        value.fit("mbg_nbd", np.ones(20), days - days[0], np.full(20, 9.0))
    with pytest.raises(DataError, match="`age`"):
        value.fit("mbg_nbd", np.ones(20), np.ones(20), days.dt.tz_localize("UTC"))


# which model, and how it is calibrated ---------------------------------------------------------------------------

def test_tenths_of_the_forecast_equal_a_loop(summary, models):
    model = models["pareto_nbd"]
    made = value.by_tenth(model, summary)
    buys = pd.Series([model.probability_of_purchase(r.holdout_age, r.repeat_frequency, r.last_purchase_age, r.customer_age)
                      for r in summary.itertuples()], summary.index)
    assert made["n_customers"].sum() == len(summary)
    group = np.ceil(10 * buys.rank(ascending=False) / len(buys)).astype(int)
    for tenth, row in made.iterrows():
        own = summary[group == tenth]
        assert row["n_customers"] == len(own)
        assert row["expected_buyer_share"] == pytest.approx(buys[own.index].mean(), rel=1e-6)
        assert row["bought_share"] == pytest.approx((own["holdout_frequency"] > 0).mean())
        assert row["bought_low"] <= row["bought_share"] <= row["bought_high"]
        assert row["actual_purchases"] == pytest.approx(own["holdout_frequency"].mean())
    assert made["expected_buyer_share"].is_monotonic_decreasing
    off = sum(r.n_customers * abs(r.expected_buyer_share - r.bought_share) for r in made.itertuples()) / len(summary)
    assert value.calibration_error(made) == pytest.approx(off)
    assert off < 0.05, "the customers were simulated by a model much like this one"
    with pytest.raises(DataError, match="calibration_end"):
        value.by_tenth(model, summary.drop(columns="holdout_age"))


def test_the_model_with_the_smallest_error_of_determined_ones_is_taken(summary):
    fits = value.rivals(summary)
    compared = value.compare(fits, summary)
    assert list(compared.index) == ["bg_nbd", "mbg_nbd", "pareto_nbd"]
    for name, model in fits.items():
        assert compared.loc[name, "total_error"] == value.holdout_errors(model, summary).loc["model", "total_error"]
    taken = value.choose(compared)
    assert compared["root_mean_squared_error"].idxmin() == taken.model
    other = next(name for name in fits if name != taken.model)
    set_ = value.choose(compared, other)
    assert set_.model == other
    assert "The study sets" in set_.sentence
    level = value.choose(compared.assign(root_mean_squared_error=[1.0, 1.005, 1.2], undetermined=""))
    assert (level.model, level.values["others"]) == ("bg_nbd", "MBG/NBD")
    assert "hardly closer" in level.sentence
    apart = value.choose(compared.assign(root_mean_squared_error=[1.0, 1.02, 1.2], undetermined=""))
    assert "hardly closer" not in apart.sentence
    without = value.choose(compared.assign(undetermined=[n if n == taken.model else "" for n in compared.index]))
    assert without.model != taken.model
    again = value.rivals(summary, near=fits)
    for name, model in fits.items():
        np.testing.assert_allclose(again[name].params, model.params, rtol=1e-6)
    said = value.foreseen(fits, summary, 26.0)
    history = [summary[c] for c in ("repeat_frequency", "last_purchase_age", "customer_age")]
    assert said.loc["bg_nbd", "expected_buyers"] == pytest.approx(
        fits["bg_nbd"].probability_of_purchase(26.0, *history).sum())


def outlook(model_off, rule_off, hits=(0.7, 0.7, 0.8), high=120.0):
    errors = pd.DataFrame({"total_error": [model_off, 0.9, rule_off], "hit_share": hits},
                          pd.Index(["model", "status quo", "hiatus rule"], name="predictor"))
    seen = pd.DataFrame({"repeat_frequency": [9, 3], "last_purchase_age": [30.0, 2.0], "customer_age": [30.0, 30.0],
                         "repeat_monetary": [10.0, 10.0]})
    spend = value.fit("gamma_gamma", np.arange(1, 31), monetary=np.linspace(8, 12, 30))
    total = pd.Series({"total_lifetime_value": 100.0, "total_lifetime_value_low": 80.0, "total_lifetime_value_high": high})
    return value.outlook(total, spend, seen, errors, 10.0, discount_rate=0.0), spend


@pytest.mark.parametrize(("model_off", "rule_off", "words", "names"), [
    (0.05, 0.2, "are expected to bring", {"value", "low", "high", "weeks"}),
    (0.2, 0.5, "that wide", {"low", "high", "weeks", "error"}),
    (-0.191, 0.147, "by that rule", {"low", "high", "weeks", "error", "rule", "missed"}),
    (0.4, -0.3, "No sum", {"error"}),
    (np.nan, np.nan, "No sum", set()),
])
def test_a_sum_is_told_as_the_holdout_allows(model_off, rule_off, words, names):
    made, _ = outlook(model_off, rule_off)
    assert words in made.sentence
    assert set(made.values) == names


def test_a_rule_that_judges_fewer_customers_rightly_does_not_replace_the_model():
    made, _ = outlook(0.2, 0.1, hits=(0.9, 0.7, 0.8))
    assert "that wide" in made.sentence


def test_the_sum_of_a_rule_is_the_pace_times_the_amount():
    made, spend = outlook(0.2, 0.1)
    expected = 9 / 30 * 10 * spend.expected_monetary(9, 10.0)  # the second customer paused for more than half the time
    row = made.table.loc["hiatus rule"]
    assert row["total_lifetime_value"] == pytest.approx(expected)
    assert row["total_lifetime_value_high"] / row["total_lifetime_value"] == pytest.approx(1.1**1.959964, rel=1e-6)
    assert made.values["high"] == row["total_lifetime_value_high"]


def test_ranks_see_what_a_few_large_amounts_hide():
    seen = pd.DataFrame({"repeat_frequency": [0, 1, 2, 3, 4, 5], "repeat_monetary": [0, 1000.0, 2, 3, 4, 5]})
    from scipy.stats import spearmanr

    assert value.rank_correlation(seen) == pytest.approx(spearmanr([1, 2, 3, 4, 5], [1000, 2, 3, 4, 5]).statistic)
    assert np.isnan(value.rank_correlation(seen.assign(repeat_monetary=9.99)))


@pytest.mark.parametrize(("bought", "words"), [
    ([0.1, 0.2, 0.3], "too high in every tenth"), ([0.28, 0.38, 0.48], "too low in every tenth"),
    ([0.1, 0.38, 0.3], "were off by"), ([0.19, 0.31, 0.39], "These are chances"), ([0.0, 0.1, 0.2], "is not told"), ([], "is not told")])
def test_a_forecast_that_erred_to_one_side_says_to_which(bought, words):
    answers = pd.DataFrame({"expected_buyers": [30.0], "expected_buyer_share": [0.3]}, index=["bg_nbd"])
    held = pd.DataFrame({"n_customers": 100, "expected_buyer_share": [0.2, 0.3, 0.4][:len(bought)], "bought_share": bought})
    assert words in value.buyers(answers, "bg_nbd", held.astype(float), 100, 12)[0]
