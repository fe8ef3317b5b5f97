"""The journey: R's Kaplan–Meier of aml, brute-force stages, the removal effect by counting paths, odd events told."""

import numpy as np
import pandas as pd
import pytest

from segkit.lifecycle import journey, journey_map, touched, touchpoints
from segkit.words.errors import DataError

AML = {"yes": ([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0]),
       "no": ([5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1])}
STAGES = [{"stage": "Visit", "events": ["visit"]}, {"stage": "Cart", "events": ["cart"]}, {"stage": "Buy", "events": ["buy"]}]
TWO = [STAGES[0], STAGES[2]]


def table(*rows):
    made = pd.DataFrame(rows, columns=["customer_id", "day", "event", "channel"])
    return made.assign(date=pd.Timestamp("2024-01-01") + pd.to_timedelta(made.pop("day"), unit="D"))


def aml_events():
    """aml as a journey: everybody visits on a day of their own, and those who relapse buy after their weeks, in days."""
    rows, n = [], 0
    for group, (weeks, done) in AML.items():
        for week, came in zip(weeks, done, strict=True):
            n += 1
            rows.append((f"{group}{n}", 200 - week, "visit", "web"))
            if came:
                rows.append((f"{group}{n}", 200, "buy", "web"))
    return table(*rows)


def test_times_between_stages_are_kaplan_meiers_of_r():
    events = aml_events()
    made = journey.follow(events, TWO)
    groups = pd.Series({c: c.rstrip("0123456789") for c in made.reached.index})
    found = journey.steps(made, groups)
    assert found.loc["yes", "median_days"].item() == 31
    assert found.loc["no", "median_days"].item() == 23
    from scipy.stats import chi2

    assert found.loc[journey.ALL, "step_p"].item() == pytest.approx(chi2.sf(3.39639, 1), rel=1e-4)


def brute(events, stages):
    reached = {}
    for customer, part in events.groupby("customer_id"):
        now, days = pd.Timestamp.min, []
        for spec in stages:
            later = [d for d, e in zip(part["date"], part["event"], strict=True) if e in spec["events"] and d >= now]
            now = min(later) if later and now is not None else None
            days.append(now)
            if now is None:
                days += [None] * (len(stages) - len(days))
                break
        reached[customer] = days
    return reached


@pytest.mark.parametrize("seed", range(5))
def test_stages_equal_a_loop(seed):
    rng = np.random.default_rng(seed)
    n = 400
    events = table(*zip(rng.integers(0, 60, n), rng.integers(0, 90, n), rng.choice(["visit", "cart", "buy", "other"], n),
                        rng.choice(["web", "app"], n), strict=True))
    made = journey.follow(events, STAGES)
    for customer, days in brute(events, STAGES).items():
        assert [None if pd.isna(d) else d for d in made.reached.loc[customer]] == days
    assert made.n_other_events == (events["event"] == "other").sum()
    steps = journey.steps(made).reset_index(drop=True)
    for i, (a, b) in enumerate((("Visit", "Cart"), ("Cart", "Buy"))):
        entered = made.reached[made.reached[a].notna()]
        assert steps.loc[i, ["n_reached", "n_converted"]].tolist() == [len(entered), entered[b].notna().sum()]
        assert steps.loc[i, "drop_off_share"] == pytest.approx(1 - entered[b].notna().mean())


def test_events_out_of_order_or_of_one_stage_are_told():
    events = table((1, 5, "visit", "web"), (1, 2, "buy", "web"), (2, 1, "buy", "web"), (3, 1, "visit", "web"),
                   (3, 3, "buy", "web"), (4, 1, "talk", "web"))
    made = journey.follow(events, TWO)
    assert (made.n_out_of_order, made.n_one_stage, made.n_other_events) == (2, 1, 1)
    assert made.reached["Buy"].notna().tolist() == [False, False, True, False]
    assert journey.steps(journey.follow(table((1, 1, "visit", "web")), TWO))["converted_share"].tolist() == [0]


def test_who_may_still_come_is_no_drop_out_of_the_median():
    rows = [(i, 0, "visit", "web") for i in range(10)] + [(i, 4, "buy", "web") for i in range(6)]
    late = [(i, 9, "visit", "web") for i in range(10, 30)]
    found = journey.steps(journey.follow(table(*rows, *late), TWO)).iloc[0]
    assert found["converted_share"] == pytest.approx(6 / 30)
    assert found["median_days"] == 4  # of the ten who had the time


@pytest.mark.parametrize(("stages", "words"), [
    ([STAGES[0]], "name at least two"), ([STAGES[0], {"stage": "B", "events": ["visit"]}], "belongs to 'Visit' already"),
    ([STAGES[0], {"stage": "B"}], "write `{stage"), ([{"stage": "A", "events": ["x"]}, {"stage": "B", "events": ["y"]}], "the events are: buy"),
    ([STAGES[0], {"stage": "Visit", "events": ["y"]}], "stands twice"),
])
def test_faults_of_stages(stages, words):
    with pytest.raises(DataError) as error:
        journey.follow(table((1, 1, "buy", "web")), stages)
    assert words in str(error.value)


def test_channel_mix_by_hand():
    events = table((1, 1, "visit", "web"), (1, 1, "visit", "app"), (2, 1, "visit", "web"), (2, 1, "buy", None), (2, 1, "x", "app"))
    found = touchpoints.mix(events, TWO)
    assert found.loc["Visit", ["web", "app"]].tolist() == [pytest.approx(2 / 3), pytest.approx(1 / 3)]
    assert np.isnan(found.loc["Buy", "web"])


def test_paths_end_at_the_goal_or_with_the_events():
    events = table((1, 1, "visit", "web"), (1, 2, "visit", "web"), (1, 3, "visit", "app"), (1, 4, "buy", "app"),
                   (1, 5, "visit", "web"), (2, 2, "visit", "app"), (2, 1, "visit", "web"))
    found = touchpoints.paths(events, ["buy"])
    assert found[1] == ("start", "web", "app", "reached the goal")
    assert found[2] == ("start", "web", "app", "left")


@pytest.mark.parametrize("seed", range(4))
def test_removal_effect_equals_simulated_walks(seed):
    """Walks on the graph with a touchpoint turned into leaving reach the goal as often as the linear system says."""
    rng = np.random.default_rng(seed)
    walked = pd.Series([("start", *rng.choice(list("abc"), rng.integers(1, 4)).tolist(),
                         rng.choice(["left", "reached the goal"])) for _ in range(60)])
    steps = touchpoints.transitions(walked)
    found = touchpoints.removal_effects(walked)
    onward = {a: (part["next_touchpoint"].to_list(), part["transition_share"].to_numpy().cumsum())
              for a, part in steps.groupby("touchpoint")}

    def reached(without, n=4000):
        done = 0
        for _ in range(n):
            at = "start"
            while at in onward and at != without:
                names, ends = onward[at]
                at = names[min(int(np.searchsorted(ends, rng.random())), len(names) - 1)]
            done += at == "reached the goal"
        return done / n

    whole = reached(None)
    for name in found.index:
        assert found.loc[name, "removal_effect"] == pytest.approx(1 - reached(name) / whole, abs=0.06)
    assert found["attributed_share"].sum() == pytest.approx(1)


def test_without_a_conversion_there_is_nothing_to_lose():
    found = touchpoints.removal_effects(pd.Series([("start", "a", "left")]))
    assert found.empty
    assert found.attrs["left_out"]


def test_the_map_tells_measured_and_editorial_rows_apart():
    events = table((1, 1, "visit", "web"), (1, 5, "buy", "app"), (2, 1, "visit", "web"))
    made = journey_map.table(journey.follow(events, TWO), events, TWO, {"Visit": {"thinking": {"en": "Is it here?", "vi": "Có không?"}}})
    assert made.columns.tolist() == ["Visit", "Buy"]
    assert made.loc[journey_map.MEASURED["reached"], "Visit"]["en"] == "2 people, 100% of all"
    assert made.loc[journey_map.MEASURED["touchpoints"], "Buy"]["en"] == "app 100%"
    assert made.loc[journey_map.EDITORIAL["thinking"], "Visit"]["vi"] == "Có không?"
    assert made.loc[journey_map.EDITORIAL["feeling"], "Buy"]["en"] == journey_map.UNKNOWN
    assert all("(measured)" in name or "(editorial)" in name for name in made.index)
    for notes, words in (({"Byu": {}}, "did you mean `Buy`"), ({"Buy": "x"}, "write `{thinking")):
        with pytest.raises(DataError) as error:
            journey_map.table(journey.follow(events, TWO), events, TWO, notes)
        assert words in str(error.value)


def test_events_of_a_file_are_read_with_their_roles(tmp_path):
    events = aml_events().rename(columns={"customer_id": "account", "event": "what"})
    events.to_csv(tmp_path / "events.csv", index=False)
    found = touched.read(str(tmp_path / "events.csv"), {"customer_id": "account", "event": "what"}, stages=TWO)
    assert found.n_customers == 23
    assert found.steps["n_converted"].tolist() == [18]
    assert found.drop[1]["left"] == pytest.approx(5 / 23)
    nothing = touched.read("")
    assert all(t.attrs["left_out"] for t in nothing[:5])
    events.drop(columns="channel").to_csv(tmp_path / "plain.csv", index=False)
    plain = touched.read(str(tmp_path / "plain.csv"), {"customer_id": "account", "event": "what"}, stages=TWO)
    assert plain.effects.attrs["left_out"]
    assert plain.steps["n_converted"].tolist() == [18]
