"""Simulated people of Vietnam and what three systems of a shop know of them, with the truth beside it.

Nobody in these data exists. Names are drawn from the lists of `vocabulary.py`. `people` draws households,
`sources` what a till, a loyalty scheme and a web shop wrote down, with the faults such files have. The column `person`
is the truth: who a record is of.
"""

import unicodedata

import numpy as np
import pandas as pd
from vocabulary import CITIES, FAMILY, GIVEN, HOSTS, MIDDLE, MOBILE, OLD, SHORT, STREETS

KNOWN = {
    "shop": {"phone": 0.97, "email": 0.3, "birth_date": 0.5, "gender": 0.8, "address": 0.35, "city": 0.97},
    "loyalty": {"phone": 0.99, "email": 0.75, "birth_date": 0.95, "gender": 0.97, "address": 0.85, "city": 0.98},
    "web": {"phone": 0.95, "email": 1.0, "birth_date": 0.45, "gender": 0.0, "address": 0.9, "city": 0.95},
}
"""How often each source knows a field at all."""
PLAIN = {"shop": 0.5, "loyalty": 0.12, "web": 0.45}
"""Share of names written without marks, by source."""
SHARE = {"shop": 0.75, "loyalty": 0.55, "web": 0.45}
"""Share of people that each source knows."""
TWICE = {"shop": 0.04, "loyalty": 0.01, "web": 0.03}
"""Share of a source's people who stand in it twice."""
LETTERS = np.array(list("abcdefghiklmnopqrstuvxy"))


def bare(text: str) -> str:
    """A text without marks."""
    parts = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in parts if not unicodedata.combining(c))


def _draw(rng, weights: dict, n: int) -> np.ndarray:
    w = np.array(list(weights.values()), dtype=float)
    return np.array(list(weights), dtype=object)[rng.choice(len(w), n, p=w / w.sum())]


def _uneven(rng, text: str, n: int) -> np.ndarray:
    """Words of a text, those at its front more often."""
    words = text.split()
    w = 1 / (np.arange(len(words)) + 12.0)
    return np.array(words, dtype=object)[rng.choice(len(words), n, p=w / w.sum())]


def _phones(rng, n: int) -> np.ndarray:
    return _draw(rng, MOBILE, n) + np.array([f"{x:07d}" for x in rng.integers(0, 10**7, n)], dtype=object)


def people(n_households: int, rng: np.random.Generator) -> pd.DataFrame:
    """Households of one to four; children have the father's family name, some are twins, some are named after him.

    Returns a row per person: household, family, middle, given, gender, birth_date, phone, second phone after a change,
    family phone, email, address, city, and address and city after a move.
    """
    size = rng.choice([1, 2, 3, 4], n_households, p=[0.42, 0.28, 0.15, 0.15])
    household = np.repeat(np.arange(n_households), size)
    place = np.concatenate([np.arange(s) for s in size])
    n = len(household)
    gender = np.where(
        place == 0,
        rng.choice(["male", "female"], n, p=[0.45, 0.55]),
        np.where(place == 1, "", rng.choice(["male", "female"], n)),
    )
    head = gender[np.searchsorted(household, np.arange(n_households))][household]
    gender = np.where(place == 1, np.where(head == "male", "female", "male"), gender)
    family = _draw(rng, FAMILY, n)
    father = (
        pd.Series(np.where((place < 2) & (gender == "male"), family, None))
        .groupby(household)
        .transform("first")
        .to_numpy()
    )
    family = np.where((place >= 2) & pd.notna(father), father, family)
    middle = np.where(gender == "female", _uneven(rng, MIDDLE["female"], n), _uneven(rng, MIDDLE["male"], n))
    middle = np.where(rng.random(n) < 0.12, "", middle)
    second = np.where(gender == "female", _uneven(rng, GIVEN["female"], n), _uneven(rng, GIVEN["male"], n))
    middle = np.where(rng.random(n) < 0.28, [f"{a} {b}".strip() for a, b in zip(middle, second, strict=True)], middle)
    given = np.where(gender == "female", _uneven(rng, GIVEN["female"], n), _uneven(rng, GIVEN["male"], n))
    age = np.where(place < 2, rng.gamma(9, 3.2, n) + 19, rng.uniform(15, 24, n))
    partner = np.where(place == 1, np.roll(age, 1) + rng.normal(0, 3, n), age)
    age = np.clip(np.where(place == 1, partner, age), 15, 85)
    twin = (place == 3) & (rng.random(n) < 0.12)
    age = np.where(twin, np.roll(age, 1), age)
    born = pd.Timestamp("2025-12-31") - pd.to_timedelta((age * 365.25).astype(int), unit="D")
    son = (place >= 2) & (gender == "male") & (rng.random(n) < 0.02) & pd.notna(father)  # named after the father
    whose = (
        pd.Series(np.where((place < 2) & (gender == "male"), np.arange(n), -1))
        .groupby(household)
        .transform("max")
        .to_numpy()
    )
    middle, given = (np.where(son & (whose >= 0), part[whose], part) for part in (middle, given))
    table = pd.DataFrame(
        {
            "household": household,
            "place": place,
            "family": family,
            "middle": middle,
            "given": given,
            "gender": gender,
            "birth_date": born.strftime("%Y-%m-%d"),
        }
    )
    table["phone"], table["new_phone"] = _phones(rng, n), _phones(rng, n)
    table["family_phone"] = table.groupby("household")["phone"].transform("first")
    child = (place >= 2) & (rng.random(n) < 0.25)
    table["phone"] = np.where(child, table["family_phone"], table["phone"])
    table["city"] = _draw(rng, CITIES, n_households)[household]
    streets = np.array(STREETS, dtype=object)
    for where, count in (("address", n_households), ("new_address", n)):
        made = np.array(
            [f"{k} {s}" for k, s in zip(rng.integers(1, 400, count), rng.choice(streets, count), strict=True)],
            dtype=object,
        )
        table[where] = made[household] if where == "address" else made
    table["new_city"] = np.where(rng.random(n) < 0.35, _draw(rng, CITIES, n), table["city"])
    latin = [bare(f"{g}{f}").lower() for g, f in zip(given, family, strict=True)]
    tail = np.where(rng.random(n) < 0.5, born.strftime("%y"), rng.integers(1, 9999, n).astype(str))
    table["email"] = [f"{a}{b}@{h}" for a, b, h in zip(latin, tail, _draw(rng, HOSTS, n), strict=True)]
    taken = table.groupby("email").cumcount().astype(str).replace("0", "")  # an address belongs to one mailbox
    table["email"] = [e.replace("@", f".{k}@") if k else e for e, k in zip(table["email"], taken, strict=True)]
    first = table.groupby("household")["email"].transform("first")
    table["email"] = np.where((place == 1) & (rng.random(n) < 0.06), first, table["email"])  # couples that share one
    return table.rename_axis("person")


def _mistyped(text: str, rng: np.random.Generator) -> str:
    """One letter or digit left out, doubled, replaced, or changed with its neighbour."""
    if len(text) < 3:
        return text
    i = int(rng.integers(1, len(text) - 1))
    kind = rng.integers(4)
    other = str(rng.integers(10)) if text[i].isdigit() else str(rng.choice(LETTERS))
    return (
        text[:i] + text[i + 1 :]
        if kind == 0
        else text[:i] + text[i] + text[i:]
        if kind == 1
        else text[:i] + other + text[i + 1 :]
        if kind == 2
        else text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    )


def _name(row, source: str, e: float, rng: np.random.Generator) -> str:
    words = [row.family, *row.middle.split(), row.given]
    if rng.random() < (0.25 if source == "web" else 0.04) and len(words) > 2:
        words = [words[0], words[-1]]  # the middle name left out
    if rng.random() < e / 4:
        words = [*(w[0] + "." for w in words[:-1]), words[-1]]
    if rng.random() < e:
        i = int(rng.integers(len(words)))
        words[i] = _mistyped(words[i], rng)
    if source == "web" and rng.random() < 0.4:
        words = [*words[1:], words[0]]  # the given name first
    name = " ".join(words)
    name = bare(name) if rng.random() < PLAIN[source] else name
    if source == "shop" and rng.random() < 0.5:
        return name.upper()
    return unicodedata.normalize("NFD", name) if source == "web" and rng.random() < 0.1 else name


def _phone(row, e: float, rng: np.random.Generator, recent: bool) -> str:
    number = row.phone
    if rng.random() < e / 3:
        number = row.new_phone if recent else number
    elif row.place > 0 and rng.random() < 0.04 + e / 5:
        number = row.family_phone
    if rng.random() < e / 2:
        number = _mistyped(number[1:], rng).zfill(9)[:9]
        number = "0" + number
    if not recent and number[:3] in OLD and rng.random() < 0.3:
        number = OLD[number[:3]] + number[3:]
    way = rng.integers(6)
    return (
        number
        if way < 2
        else "+84" + number[1:]
        if way == 2
        else "84" + number[1:]
        if way == 3
        else f"{number[:4]} {number[4:7]} {number[7:]}"
        if way == 4
        else f"{number[:4]}.{number[4:7]}.{number[7:]}"
    )


def _born(row, e: float, rng: np.random.Generator) -> str:
    year, month, day = row.birth_date.split("-")
    if rng.random() < e / 2:
        if int(day) <= 12 and rng.random() < 0.5:
            month, day = day, month
        else:
            wrong = int(rng.integers(1, 29))
            day = f"{wrong:02d}"
    if rng.random() < e / 6:
        year = str(int(year) + int(rng.choice([-10, -1, 1, 10])))
    return f"{year}-{month}-{day if month != '02' else min(day, '28')}"


def sources(
    n_households: int, error_rate: float = 0.15, seed: int = 2026, chosen: tuple[str, ...] = ("shop", "loyalty", "web")
) -> dict[str, pd.DataFrame]:
    """What each system knows, with its faults; the same arguments give the same tables.

    Parameters
    ----------
    n_households : about 2 people each.
    error_rate : how often a field of a record is at fault: mistyped, changed since, or another's of the family.
    seed : of everything drawn.

    Returns
    -------
    Source → table with `customer_id`, `person` (the truth), `name`, `phone`, `email`, `birth_date`, `gender`,
    `address`, `city`, `member_no` (loyalty and some of the web), `updated`.
    """
    rng = np.random.default_rng(seed)
    everybody = people(n_households, rng)
    member = {p: f"TV{i:06d}" for i, p in enumerate(rng.permutation(len(everybody)))}
    made = {}
    for source in ("shop", "loyalty", "web"):
        known = rng.random(len(everybody)) < SHARE[source]
        twice = known & (rng.random(len(everybody)) < TWICE[source])
        rows = pd.concat([everybody[known], everybody[twice]])
        rows = rows.iloc[rng.permutation(len(rows))]
        made[source] = _records(rows, source, error_rate, member, rng)
    return {s: made[s] for s in chosen}


def _records(rows: pd.DataFrame, source: str, e: float, member: dict, rng: np.random.Generator) -> pd.DataFrame:
    n = len(rows)
    updated = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 730, n)), unit="D")
    late = np.arange(n) > n / 2
    moved = rng.random(n) < e / 2
    has = {field: rng.random(n) < share for field, share in KNOWN[source].items()}
    member_known = rng.random(n) < {"shop": 0.0, "loyalty": 1.0, "web": 0.15}[source]
    out = []
    for i, row in enumerate(rows.itertuples()):
        recent = bool(late[i]) or source == "web"
        go = moved[i] and recent
        address = row.new_address if go else row.address
        city = row.new_city if go else row.city
        email = row.email
        if rng.random() < e / 2:
            local, host = email.split("@")
            email = f"{_mistyped(local, rng)}@{host}" if rng.random() < 0.5 else f"{local}@yahoo.com.vn"
        if rng.random() < e / 3:
            address = _mistyped(address, rng)
        out.append(
            {
                "customer_id": f"{source[0].upper()}{i + 1:06d}",
                "person": row.Index,
                "name": _name(row, source, e, rng),
                "phone": _phone(row, e, rng, recent) if has["phone"][i] else None,
                "email": email if has["email"][i] else None,
                "birth_date": _born(row, e, rng) if has["birth_date"][i] else None,
                "gender": {"male": "Nam", "female": "Nữ"}[row.gender] if has["gender"][i] else None,
                "address": (bare(address) if rng.random() < PLAIN[source] else address) if has["address"][i] else None,
                "city": str(rng.choice(SHORT.get(city, [city]))) if has["city"][i] else None,
                "member_no": member[row.Index] if member_known[i] else None,
                "updated": updated[i].strftime("%Y-%m-%d"),
            }
        )
    return pd.DataFrame(out)
