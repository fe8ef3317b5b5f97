"""The models of repeat buying against published estimates, other software, brute force and simulated truth."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special

from segkit.lifecycle import estimation, value
from segkit.words.errors import DataError, SegkitError

REFERENCE = Path(__file__).parent.parent / "reference"
LIFETIMES = json.loads((REFERENCE / "customer_base.json").read_text())
PURCHASE_MODELS = ("bg_nbd", "mbg_nbd", "pareto_nbd")
PUBLISHED = {  # parameters to the digits of the papers, and the log-likelihood
    "bg_nbd": ([0.243, 4.414, 0.793, 2.426], -9582.4), "mbg_nbd": ([0.525, 6.183, 0.891, 1.614], -9582.1),
    "pareto_nbd": ([0.553, 10.578, 0.606, 11.669], -9595.0)}


def columns(summary):
    return [summary[c] for c in ("repeat_frequency", "last_purchase_age", "customer_age")]


@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_cdnow_gives_the_published_estimates(fitted, name):
    params, log_likelihood = PUBLISHED[name]
    np.testing.assert_allclose(fitted[name].params, params, atol=5e-4)
    assert fitted[name].log_likelihood == pytest.approx(log_likelihood, abs=0.05)
    summary = fitted[name].summary.iloc[0]
    assert summary["is_converged"]
    assert summary["undetermined"] == ""
    assert summary["n_customers"] == 2357
    assert summary["near_best_share"] == 1


@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_predictions_equal_those_of_lifetimes(fitted, name):
    theirs = LIFETIMES[name]
    model = fitted[name].at(np.array(theirs["params"]))
    x, recency, age = np.array(theirs["customers"]).T
    np.testing.assert_allclose(model.probability_alive(x, recency, age), theirs["probability_alive"], rtol=1e-6)
    np.testing.assert_allclose(model.expected_purchases(39, x, recency, age), theirs["expected_purchases"], rtol=1e-6)
    assert model.expected_total(52) == pytest.approx(theirs["expected_total_52"], rel=1e-9)


def test_bg_nbd_foresees_the_holdout_as_published(cdnow, fitted):
    model = fitted["bg_nbd"]
    assert model.expected_total(52) == pytest.approx(1.4440, abs=5e-5)
    assert model.expected_purchases(39, *columns(cdnow)).sum() == pytest.approx(1653.4, abs=0.05)
    assert cdnow["holdout_frequency"].sum() == 1882


def test_gamma_gamma_of_cdnow(spend):
    np.testing.assert_allclose(spend.params, [6.25, 3.74, 15.44], atol=5e-3)
    assert spend.n_customers == 946
    assert spend.population_mean == pytest.approx(35.17, abs=5e-3)
    theirs = LIFETIMES["gamma_gamma"]
    ours = spend.at(np.array(theirs["params"])).expected_monetary(theirs["frequency"], theirs["monetary"])
    np.testing.assert_allclose(ours, theirs["expected_monetary"], rtol=1e-9)


@pytest.fixture(scope="session")
def donors():
    return pd.read_csv(REFERENCE / "donations.csv")


@pytest.fixture(scope="session")
def bg_bb(donors):
    return value.fit("bg_bb", donors["frequency"], donors["recency"], np.full(len(donors), 6), weights=donors["n"])


def test_bg_bb_of_the_donors_gives_the_published_estimates(bg_bb):
    np.testing.assert_allclose(bg_bb.params, [1.204, 0.750, 0.657, 2.783], atol=1e-3)
    assert bg_bb.log_likelihood == pytest.approx(-33225.6, abs=0.05)
    assert bg_bb.n_customers == 11104
    # over the next five years, of donors who gave every year and never
    np.testing.assert_allclose(bg_bb.expected_purchases(5, [6, 0], [6, 0], 6), [3.75, 0.07], atol=5e-3)


# brute force: every rate and every dropout on a fine grid

GRID = np.linspace(-34, 9, 900)


def gamma_grid(shape, rate):
    """Points of a gamma distribution and their probabilities; the spacing of logarithms makes it near exact."""
    at = np.exp(GRID) / rate
    log = shape * np.log(at * rate) - at * rate - special.gammaln(shape) + np.log(GRID[1] - GRID[0])
    return at, np.exp(log)


def beta_grid(a, b):
    at = np.linspace(-40, 40, 900)
    p, q = special.expit(at), special.expit(-at)
    return p, q, np.exp(a * np.log(p) + b * np.log(q) - special.betaln(a, b)) * (at[1] - at[0])


def brute(name, params, x, recency, age, duration):
    """Likelihood, probability alive and expected purchases of one customer, summed over the grid."""
    r, alpha, third, fourth = params
    rate, chance = gamma_grid(r, alpha)
    rate, chance = rate[:, None], chance[:, None]
    if name == "pareto_nbd":
        lost, gone_chance = gamma_grid(third, fourth)
        chance = chance * gone_chance
        alive = rate**x * np.exp(-(rate + lost) * age)
        dead = rate**x * lost / (rate + lost) * (np.exp(-(rate + lost) * recency) - np.exp(-(rate + lost) * age))
        ahead = rate * -np.expm1(-lost * duration) / lost
        new = ahead
    else:
        p, stay, gone_chance = beta_grid(third, fourth)
        chance = chance * gone_chance
        drops = x + (name == "mbg_nbd")
        alive = stay**drops * rate**x * np.exp(-rate * age)
        dead = p * stay ** max(drops - 1, 0) * rate**x * np.exp(-rate * recency) * (drops > 0)
        ahead = -np.expm1(-rate * p * duration) / p
        new = ahead * (stay if name == "mbg_nbd" else 1)
    likelihood = (chance * (alive + dead)).sum()
    return (np.log(likelihood), (chance * alive).sum() / likelihood, (chance * alive * ahead).sum() / likelihood,
            (chance * new).sum())


@pytest.mark.parametrize("params", [(0.55, 10.6, 0.61, 11.7), (2.0, 5.0, 1.0, 3.0), (0.9, 30.0, 2.5, 1.2)])
@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_likelihood_and_predictions_equal_brute_force(fitted, name, params):
    model = fitted[name].at(np.array(params))
    for x, recency, age, duration in ((0, 0.0, 20.0, 30.0), (1, 2.0, 38.0, 10.0), (3, 30.0, 31.0, 52.0),
                                      (12, 20.0, 38.0, 300.0), (2, 9.0, 9.0, 5.0)):
        rows = estimation.collapse([np.array([float(v)]) for v in (x, recency, age)], np.ones(1))
        ours = (type(model).objective(rows)(model.values)[0], model.probability_alive(x, recency, age),
                model.expected_purchases(duration, x, recency, age), model.expected_total(duration))
        np.testing.assert_allclose(ours, brute(name, params, x, recency, age, duration), rtol=2e-7)


@pytest.mark.parametrize("params", [(1.2, 0.75, 0.66, 2.78), (0.7, 3.0, 1.0, 9.0)])
def test_bg_bb_equals_brute_force(bg_bb, params):
    model = bg_bb.at(np.array(params))
    buy, skip, chance = (c[:, None] for c in beta_grid(*params[:2]))
    leave, stay, leave_chance = beta_grid(*params[2:])
    chance = chance * leave_chance
    for x, recency, age, duration in ((0, 0, 6, 5), (1, 1, 4, 1), (3, 5, 8, 12), (6, 6, 6, 3)):
        there = buy**x * skip ** (age - x) * stay**age
        gone = sum(buy**x * skip ** (t - x) * leave * stay**t for t in range(recency, age))
        likelihood = (chance * (there + gone)).sum()
        ahead = sum(buy * stay**j for j in range(1, duration + 1))
        rows = estimation.collapse([np.array([float(v)]) for v in (x, recency, age)], np.ones(1))
        ours = (type(model).objective(rows)(model.values)[0], model.probability_alive(x, recency, age),
                model.expected_purchases(duration, x, recency, age), model.expected_total(duration))
        np.testing.assert_allclose(ours, [np.log(likelihood), (chance * there * stay).sum() / likelihood, (
            chance * there * ahead).sum() / likelihood, (chance * ahead).sum()], rtol=1e-8)


def test_gamma_gamma_equals_brute_force(spend):
    p, q, v = params = np.array([2.5, 3.1, 20.0])
    scale, chance = gamma_grid(q, v)
    for x, mean in ((1, 10.0), (4, 60.0)):
        log = x * p * np.log(scale * x) + (x * p - 1) * np.log(mean) - scale * x * mean - special.gammaln(x * p)
        likelihood = (chance * np.exp(log)).sum()
        rows = estimation.collapse([np.array([float(x)]), np.array([mean])], np.ones(1))
        assert type(spend).objective(rows)(params)[0] == pytest.approx(np.log(likelihood), rel=1e-9)
        expected = (chance * np.exp(log) * p / scale).sum() / likelihood
        assert spend.at(params).expected_monetary(x, mean) == pytest.approx(expected, rel=1e-9)


def test_gradients_equal_differences(cdnow, donors, spend, fitted, bg_bb):
    kept = cdnow[cdnow["repeat_monetary"] > 0]
    cases = [(model, [c.to_numpy(dtype=float) for c in columns(cdnow)]) for model in fitted.values()]
    cases.append((bg_bb, [donors["frequency"].to_numpy(dtype=float), donors["recency"].to_numpy(dtype=float),
                          np.full(len(donors), 6.0)]))
    cases.append((spend, [kept["repeat_frequency"].to_numpy(dtype=float), kept["repeat_monetary"].to_numpy()]))
    for model, given in cases:
        objective = type(model).objective(estimation.collapse(given, np.ones(len(given[0]))))
        for at in (model.values * 1.3, model.values[::-1].copy()):
            numeric = optimize.approx_fprime(at, lambda v, f=objective: f(v)[0], 1e-6 * at)
            np.testing.assert_allclose(objective(at)[1], numeric, rtol=2e-3, atol=0.02)


# simulated truth

def simulate(name, params, n, seed, length=78.0):
    """Repeat purchases, recency and age of simulated customers, by the story of the model."""
    rng = np.random.default_rng(seed)
    r, alpha, third, fourth = params
    age = rng.uniform(length / 2, length, n)
    rate = rng.gamma(r, 1 / alpha, n)
    leaving = rng.beta(third, fourth, n) if name != "pareto_nbd" else rng.gamma(third, 1 / fourth, n)
    end = np.minimum(age, rng.exponential(1 / leaving)) if name == "pareto_nbd" else age
    x, recency, now = np.zeros(n), np.zeros(n), np.zeros(n)
    going = rng.random(n) >= leaving if name == "mbg_nbd" else np.ones(n, dtype=bool)
    while going.any():
        now = now + rng.exponential(1 / rate)
        going &= now <= end
        x, recency = x + going, np.where(going, now, recency)
        if name != "pareto_nbd":
            going &= rng.random(n) >= leaving
    return x, recency, age


TRUTH = {"bg_nbd": (0.6, 8.0, 0.8, 2.5), "mbg_nbd": (0.8, 6.0, 0.9, 2.0), "pareto_nbd": (0.7, 9.0, 0.8, 12.0)}


@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_simulated_parameters_come_back_within_their_errors(name):
    model = value.fit(name, *simulate(name, TRUTH[name], 10_000, 1))
    off = np.log(model.params / np.array(TRUTH[name])) / np.sqrt(np.diag(model.log_covariance))
    assert np.abs(off).max() < 4
    assert np.sqrt(np.diag(model.log_covariance)).max() < 0.25


def test_standard_errors_are_the_spread_over_samples():
    truth = TRUTH["mbg_nbd"]
    off = []
    for seed in range(40):
        model = value.fit("mbg_nbd", *simulate("mbg_nbd", truth, 3000, 100 + seed))
        off.append(np.log(model.params / np.array(truth)) / np.sqrt(np.diag(model.log_covariance)))
    assert np.all(np.abs(np.mean(off, axis=0)) < 0.6)
    assert np.all((np.std(off, axis=0) > 0.7) & (np.std(off, axis=0) < 1.35))


def test_simulated_bg_bb_and_gamma_gamma_come_back():
    rng = np.random.default_rng(4)
    n, age = 30_000, 8
    buys, leaves = rng.beta(1.2, 0.8, n), rng.beta(0.7, 2.8, n)
    there = np.cumprod(rng.random((age, n)) >= leaves, axis=0).astype(bool)
    bought = there & (rng.random((age, n)) < buys)
    recency = np.where(bought.any(axis=0), age - np.argmax(bought[::-1], axis=0), 0)
    cases = [(value.fit("bg_bb", bought.sum(axis=0), recency, np.full(n, age)), (1.2, 0.8, 0.7, 2.8))]
    scale, x = rng.gamma(4.0, 1 / 15.0, n), rng.integers(1, 9, n)
    cases.append((value.fit("gamma_gamma", x, monetary=rng.gamma(6 * x, 1 / (scale * x))), (6.0, 4.0, 15.0)))
    for model, truth in cases:
        off = np.log(model.params / np.array(truth)) / np.sqrt(np.diag(model.log_covariance))
        assert np.abs(off).max() < 4


# invariance and extremes

@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_the_unit_of_time_changes_the_scale_alone(cdnow, fitted, name):
    x, recency, age = columns(cdnow)
    days = value.fit(name, x, recency * 7, age * 7)
    scale = [1, 7, 1, 7] if name == "pareto_nbd" else [1, 7, 1, 1]
    np.testing.assert_allclose(days.params, fitted[name].params * scale, rtol=1e-5)
    assert days.log_likelihood == pytest.approx(fitted[name].log_likelihood - x.sum() * np.log(7), rel=1e-9)
    later = days.expected_purchases(7 * 39, x, recency * 7, age * 7)
    np.testing.assert_allclose(later, fitted[name].expected_purchases(39, x, recency, age), rtol=1e-5)


@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_the_order_of_the_customers_changes_no_digit_of_the_parameters(cdnow, fitted, name):
    """Sums in another order differ in their last digits, as they do on another processor; what is written does not."""
    again = value.fit(name, *columns(cdnow.sample(frac=1, random_state=4)))
    assert again.params.to_list() == fitted[name].params.to_list()
    np.testing.assert_allclose(again.standard_errors, fitted[name].standard_errors, rtol=1e-9)


@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_weights_count_as_repeated_rows_in_any_order(cdnow, name):
    rows = cdnow.iloc[:300]
    n = np.arange(300) % 3 + 1
    repeated = rows.loc[rows.index.repeat(n)].sample(frac=1, random_state=1)
    weighted, plain = value.fit(name, *columns(rows), weights=n), value.fit(name, *columns(repeated))
    assert weighted.n_customers == plain.n_customers == n.sum()
    assert weighted.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-7)
    np.testing.assert_allclose(weighted.params, plain.params, rtol=1e-4)
    np.testing.assert_allclose(weighted.standard_errors, plain.standard_errors, rtol=1e-3)


@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_predictions_stay_sound_where_numbers_are_large(fitted, name):
    x = np.array([0, 1, 200, 1000, 3000, 1000, 5, 0])
    recency = np.array([0, 0.15, 300.0, 999.0, 1000.0, 20.0, 1e-3, 0])
    age = np.array([0, 2000.0, 300.0, 1000.0, 1000.0, 1000.0, 5000.0, 5000.0])
    model = fitted[name]
    alive = model.probability_alive(x, recency, age)
    assert np.all((alive >= 0) & (alive <= 1))
    bought = np.array([model.expected_purchases(t, x, recency, age) for t in (0.0, 1.0, 52.0, 5000.0)])
    assert np.isfinite(bought).all()
    assert np.all(bought[0] == 0)
    assert np.all(np.diff(bought, axis=0) >= 0)
    assert bought[1][3] == pytest.approx(1.0, rel=0.03)  # a thousand purchases in a thousand weeks, alive
    assert bought[1][4] == pytest.approx(3.0, rel=0.03)


@pytest.mark.parametrize("name", PURCHASE_MODELS)
def test_large_counts_fit(name):
    x, recency, age = simulate(name, (2.0, 0.4, *TRUTH[name][2:]), 3000, 2, length=150.0)
    assert x.max() > 500
    model = value.fit(name, x, recency, age)
    assert model.converged
    assert np.isfinite(model.standard_errors).all()


def test_what_the_data_leave_open_is_told():
    rng = np.random.default_rng(5)  # nobody ever leaves: there is nothing to learn about leaving
    age = rng.uniform(30, 60, 400)
    times = np.sort(rng.uniform(0, age[:, None], (400, 40)), axis=1)
    model = value.fit("pareto_nbd", np.full(400, 40), times[:, -1], age)
    assert model.undetermined == ("s", "beta")
    assert model.summary["undetermined"].iloc[0] == "s, beta"
    assert model.standard_errors[["s", "beta"]].isna().all()
    assert model.standard_errors[["r", "alpha"]].notna().all()
    with pytest.raises(DataError, match="leaves undetermined"):
        model.draws(10, 1)


def test_interval_holds_the_estimate_and_stays_above_0(fitted):
    table = fitted["pareto_nbd"].parameters()
    assert (table["low"] > 0).all()
    assert (table["low"] < table["estimate"]).all()
    assert (table["estimate"] < table["high"]).all()
    wider = fitted["pareto_nbd"].parameters(0.99)
    assert (wider["high"] > table["high"]).all()


# faults

GOOD = {"frequency": [0, 1, 2] * 10, "recency": [0.0, 3, 9] * 10, "age": [30.0] * 30}


@pytest.mark.parametrize(("change", "told"), [
    ({"frequency": [-1, 1, 2] * 10}, "10 values are below 0"),
    ({"frequency": [0.5, 1, 2] * 10, "recency": [1, 3, 9] * 10}, "not whole numbers"),
    ({"recency": [0, 40, 9] * 10}, r"above `age` \(rows 2, 5, 8, 11, 14\)"),
    ({"recency": [0, 0, 9] * 10}, "are 0 where `frequency` is above 0"),
    ({"recency": [4, 3, 9] * 10}, "without the first"),
    ({"age": [np.nan, *[30.0] * 29]}, r"1 values are missing or infinite \(rows 1\)"),
    ({"age": [30.0] * 29}, "one length"),
    ({"age": ["thirty"] * 30}, "not numbers"),
    ({"age": None}, "is not given"),
    ({"frequency": [0] * 30, "recency": [0] * 30}, "0 customers who bought again"),
    ({"weights": [0] * 30}, "not above 0"),
])
def test_faults_are_told(change, told):
    with pytest.raises(DataError, match=told):
        value.fit("bg_nbd", **{**GOOD, **change})


def test_all_faults_come_in_one_report():
    with pytest.raises(DataError) as caught:
        value.fit("pareto_nbd", [-1, 1, 2] * 10, [0, 40, np.nan] * 10, [30.0] * 30, weights=[-1] * 30)
    assert len(caught.value.faults) == 4


def test_faults_of_single_models():
    with pytest.raises(SegkitError, match="did you mean `bg_nbd`"):
        value.fit("bgnbd", **GOOD)
    with pytest.raises(DataError, match="at most one purchase at each opportunity"):
        value.fit("bg_bb", [0, 4, 2] * 10, [0, 3, 5] * 10, [6] * 30)
    with pytest.raises(DataError, match="whole numbers"):
        value.fit("bg_bb", [0, 1, 2] * 10, [0, 3.5, 5] * 10, [6] * 30)
    with pytest.raises(DataError, match="too few"):
        value.fit("gamma_gamma", [1, 2, 3] * 10, monetary=[0.0] * 30)
    with pytest.raises(DataError, match="below 0"):
        value.fit("gamma_gamma", [1, 2, 3] * 10, monetary=[-5.0, 3, 3] * 10)


def test_predictions_refuse_what_cannot_be(fitted, bg_bb):
    with pytest.raises(DataError, match="missing, infinite or negative"):
        fitted["bg_nbd"].expected_purchases(-1, 1, 2, 3)
    with pytest.raises(DataError, match="differ in length"):
        fitted["bg_nbd"].probability_alive([1, 2], [1, 2, 3], 5)
    with pytest.raises(DataError, match="whole numbers of opportunities"):
        bg_bb.expected_purchases(2.5, 1, 2, 6)
