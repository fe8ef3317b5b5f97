"""What the simulated shop knows of its purchases, of visits to its web shop and of how people may be reached.

`lines` splits each purchase into products; its lines add up to the purchase. `events` draws what came before the
online purchases of 2025 (visit, search, product put into the cart, order) and visits, searches and carts that came to
nothing. `contacts` is the list the shop writes to: names, numbers and addresses as its till and web shop know them, an
age and a city in one spelling, what the customer agreed to, and whether they asked to be left alone. `campaigns` draws
three campaigns with a control group by lot, and what each person would have done anyway.
"""

import numpy as np
import pandas as pd
from vocabulary import SHORT

TYPES = {
    "dairy": (0.22, 32_000, ["sữa tươi", "sữa chua", "phô mai"]),
    "tea and coffee": (0.17, 68_000, ["cà phê", "trà xanh", "trà sen"]),
    "snacks": (0.18, 26_000, ["bánh quy", "hạt điều", "kẹo dừa"]),
    "rice and noodles": (0.16, 90_000, ["gạo st25", "mì gói", "bún khô"]),
    "sauces and oil": (0.10, 55_000, ["nước mắm", "dầu ăn", "tương ớt"]),
    "personal care": (0.11, 110_000, ["dầu gội", "kem đánh răng", "sữa tắm"]),
    "household": (0.06, 240_000, ["nồi", "chảo", "bộ bát"]),
}
"""Product type: share of lines, usual price in dong, what people search for."""
NAMES = list(TYPES)
START = pd.Timestamp("2025-01-01")
SOURCES = {"web": 0.55, "app": 0.25, "zalo": 0.12, "email": 0.08}
"""Channel a visit came by: share."""
AGREED = {"consent_email": 0.58, "consent_phone": 0.52}
NEVER_ASKED, SUPPRESSED = 0.12, 0.03


def _liking(accounts: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """How much each account likes each product type, by account."""
    share = np.array([TYPES[name][0] for name in NAMES])
    known = pd.Index(accounts.unique()).sort_values()
    return pd.DataFrame(rng.dirichlet(share * 6, len(known)), index=known, columns=NAMES)


def lines(purchases: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """A row per product of a purchase: one to four types in thousands of dong, with a quantity and a unit price."""
    liking = _liking(purchases["account"], rng)
    place = liking.index.get_indexer(purchases["account"])
    rows = []
    for order, (account, day, amount, channel) in enumerate(purchases.itertuples(index=False), 1):
        k = min(int(rng.choice([1, 2, 3, 4], p=[0.3, 0.35, 0.22, 0.13])), amount // 10_000)
        chances = liking.to_numpy()[place[order - 1]] + 1e-9
        kinds = rng.choice(len(NAMES), int(k), replace=False, p=chances / chances.sum())
        usual = np.array([TYPES[NAMES[kind]][1] for kind in kinds])
        parts = rng.dirichlet(4 * usual / usual.mean())
        thousands = np.maximum(1, np.floor(parts * amount / 1000)).astype(int)
        thousands[0] += amount // 1000 - thousands.sum()
        if thousands[0] < 1:
            kinds, thousands = kinds[:1], np.array([amount // 1000])
        for kind, worth in zip(kinds, thousands, strict=True):
            wanted = max(1, round(1000 * worth / TYPES[NAMES[kind]][1] * float(np.exp(rng.normal(0, 0.3)))))
            quantity = next(q for q in range(min(wanted, int(worth)), 0, -1) if worth % q == 0)
            paid = 1000 * int(worth)
            rows.append((order, account, day, NAMES[kind], quantity, paid // quantity, paid, channel))
    names = ["order_no", "account", "date", "product_type", "quantity", "unit_price", "amount", "channel"]
    return pd.DataFrame(rows, columns=names).astype({"quantity": "int64", "unit_price": "int64", "amount": "int64"})


def events(bought: pd.DataFrame, web: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """A row per event in the web shop from 2025 on: `account`, `date` with its time, `event`, `channel`,
    `product_type` and, for searches, `term`. `bought` is what `lines` gave, `web` the accounts of the web shop."""
    ways, weights = list(SOURCES), list(SOURCES.values())
    rows: list[tuple] = []

    def session(account: str, start: pd.Timestamp, kind: str, furthest: str) -> None:
        moment, way = start, str(rng.choice(ways, p=weights))
        rows.append((account, moment, "visit", way, None, None))
        if rng.random() < (0.6 if furthest == "order" else 0.45):
            moment += pd.Timedelta(seconds=int(rng.integers(20, 240)))
            rows.append((account, moment, "search", way, kind, str(rng.choice(TYPES[kind][2]))))
        if furthest in ("cart", "order"):
            moment += pd.Timedelta(seconds=int(rng.integers(30, 600)))
            rows.append((account, moment, "cart", way, kind, None))
        if furthest == "order":
            moment += pd.Timedelta(seconds=int(rng.integers(30, 900)))
            rows.append((account, moment, "order", way, kind, None))

    online = bought[(bought["channel"] == "online") & (bought["date"] >= START)]
    for _, order in online.groupby("order_no"):
        first = order.iloc[0]
        minute = int(np.clip(rng.normal(15 * 60, 4 * 60), 30, 23 * 60))
        session(first["account"], first["date"] + pd.Timedelta(minutes=minute), first["product_type"], "order")
    accounts = web["customer_id"].to_numpy()
    liking = _liking(web["customer_id"], rng).loc[accounts].to_numpy()
    for account, like, n in zip(accounts, liking, rng.poisson(rng.gamma(0.6, 4.0, len(accounts))), strict=True):
        for day, minute in zip(rng.integers(0, 365, n), rng.integers(7 * 60, 23 * 60, n), strict=True):
            kind = NAMES[int(rng.choice(len(NAMES), p=like / like.sum()))]
            furthest = "cart" if rng.random() < 0.3 else "visit"
            session(account, START + pd.Timedelta(days=int(day), minutes=int(minute)), kind, furthest)
    made = pd.DataFrame(rows, columns=["account", "date", "event", "channel", "product_type", "term"])
    return made.sort_values(["date", "account"], kind="stable", ignore_index=True)


def contacts(whole: dict[str, pd.DataFrame], rng: np.random.Generator) -> pd.DataFrame:
    """A row per account of the till and the web shop, as the shop writes to them."""
    spelling = {other: city for city, others in SHORT.items() for other in others}
    known = pd.concat([whole["shop"], whole["web"]], ignore_index=True)
    n = len(known)
    born = pd.to_datetime(known["birth_date"], errors="coerce")
    made = pd.DataFrame({"account": known["customer_id"], "name": known["name"], "phone": known["phone"],
                         "email": known["email"], "gender": known["gender"],
                         "age": (2025 - born.dt.year).astype("Int64"),
                         "city": known["city"].map(lambda c: spelling.get(c, c), na_action="ignore")})
    for column, share in AGREED.items():
        asked = rng.random(n) >= NEVER_ASKED
        made[column] = np.where(asked, np.where(rng.random(n) < share, "yes", "no"), None)
    made["suppressed"] = np.where(rng.random(n) < SUPPRESSED, "yes", "no")
    liked = rng.choice(["zalo", "sms", "email", "phone"], n, p=[0.45, 0.2, 0.25, 0.1])
    made["preferred_channel"] = np.where(rng.random(n) < 0.6, liked, None)
    return made


TASTING, LETTER, PILOT = pd.Timestamp("2025-05-12"), pd.Timestamp("2025-05-20"), pd.Timestamp("2025-10-06")


def campaigns(known: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """A row per account and campaign, of those who agreed to mail: `account`, `campaign`, `date`, `invited`, `came`.

    Who is not invited was drawn by lot before anything went out. `tasting`: 30 % not invited; 6 % come anyway, and the
    invitation adds 4 points, from 45 years on 12. `letter`: to 400 of the same people eight days later, 20 % without;
    5 % answer anyway and the letter adds nothing. `pilot`: 40 people, of whom 3 were not invited.
    """
    agreed = known[(known["consent_email"] == "yes") & (known["suppressed"] == "no")].reset_index(drop=True)
    n = len(agreed)
    adds = np.where(agreed["age"].ge(45).fillna(False).to_numpy(dtype=bool), 0.12, 0.04)
    plans = [("tasting", TASTING, np.arange(n), rng.random(n) >= 0.3, 0.06, adds)]
    few = rng.choice(n, 400, replace=False)
    plans.append(("letter", LETTER, few, rng.random(400) >= 0.2, 0.05, np.zeros(n)))
    tried = rng.choice(n, 40, replace=False)
    plans.append(("pilot", PILOT, tried, np.arange(40) >= 3, 0.06, adds))
    parts = []
    for name, day, who, invited, anyway, more in plans:
        came = rng.random(len(who)) < anyway + np.where(invited, more[who], 0.0)
        parts.append(pd.DataFrame({"account": agreed["account"].to_numpy()[who], "campaign": name, "date": day,
                                   "invited": np.where(invited, "yes", "no"), "came": np.where(came, "yes", "no")}))
    return pd.concat(parts).sort_values(["date", "account"], kind="stable", ignore_index=True)
