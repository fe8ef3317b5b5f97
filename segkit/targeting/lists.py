"""Lists that departments act on: who of an audience may be written to, and who is kept apart to learn from (S18)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from segkit.data.people import hashed
from segkit.words.errors import DataError, Fault, did_you_mean
from segkit.words.language import LANGUAGES, N_

KEYS = ("name", "audience", "department", "columns", "consent", "aim", "task")
NONE_NEEDED = "none_needed"
TASK = ("audience", "department", "aim", "task")
YES = frozenset({"yes", "y", "true", "t", "1", "1.0", "x", "có", "co", "đồng ý", "dong y"})
"""Values of a column of consent or suppression that mean yes, whatever their capitals; all others mean no."""
REASONS = {"n_elsewhere": N_("in a list of higher priority"), "n_suppressed": N_("asked to be left alone"),
           "n_no_consent": N_("did not consent"), "n_unreachable": N_("without the contact the list is for"),
           "n_same_contact": N_("same contact as another member"), "n_control": N_("kept apart as control group")}
"""What becomes of members who are not listed, in the order in which it is looked at."""
AIMS = {"marketing": N_("Awareness"), "sales": N_("Conversion"), "service": N_("Support"),
        "tiếp thị": "Awareness", "bán hàng": "Conversion", "chăm sóc khách hàng": "Support"}
"""What a department is after, where the study does not say."""


@dataclass(frozen=True)
class Lists:
    """Lists ready to be handed over.

    Attributes
    ----------
    people : name of a list → who is on it: `customer_id` and its columns, or their hashes without `customer_id`. Phone
        numbers are as they are dialled today (E.164); one outside the plan of its country stays as it stands.
    control : name of a list → who is kept apart, `customer_id` alone.
    summary : a row per list (index `list`): `audience`, `department`, `aim`, `task`, `size` (members), the counts of
        `REASONS`, and `n_listed`; they add up to `size`.
    """

    people: Mapping[str, pd.DataFrame]
    control: Mapping[str, pd.DataFrame]
    summary: pd.DataFrame = field(repr=False)

    @property
    def smallest_control(self) -> float:
        """People in the smallest control group; missing without one."""
        counted = self.summary["n_control"] if len(self.people) else pd.Series(dtype=float)
        return float(counted.min()) if len(counted) and counted.max() > 0 else float("nan")


def check(given: Any, audiences: Sequence[str], columns: Sequence[str], consent: str = "", suppression: str = "",
          ) -> list[Fault]:
    """Faults of lists: unknown audiences and columns, identifiers without a word on consent."""
    if not isinstance(given, Mapping):
        return [Fault("`lists`", f"is {given!r}", "write `name: {audience: …, department: …, columns: [name, email]}`")]
    faults = [Fault("`suppression`", f"names the column {suppression!r}, which the customers have not",
                    did_you_mean(suppression, columns))] if suppression and suppression not in columns else []
    if consent not in ("", NONE_NEEDED, *columns):
        faults.append(Fault("`consent`", f"names the column {consent!r}, which the customers have not",
                            did_you_mean(consent, (NONE_NEEDED, *columns))))
    for name, spec in given.items():
        where = f"list {str(name)!r}"
        if not isinstance(spec, Mapping):
            faults.append(Fault(where, f"is {spec!r}", "write {audience: …, department: …}"))
            continue
        faults += [Fault(f"{where}, `{key}`", "is not a key of a list", did_you_mean(str(key), KEYS))
                   for key in spec if key not in KEYS]
        if spec.get("audience") not in audiences:
            faults.append(Fault(f"{where}, `audience`", f"is {spec.get('audience')!r}, which there is not",
                                did_you_mean(str(spec.get("audience")), audiences)))
        wanted = spec.get("columns", [])
        if not isinstance(wanted, list | tuple):
            faults.append(Fault(f"{where}, `columns`", f"is {wanted!r}", "list columns: [name, email]"))
            continue
        faults += [Fault(f"{where}, `columns`", f"has {c!r}, which the customers have not",
                         did_you_mean(str(c), columns)) for c in wanted if c not in columns]
        agreed = (spec.get("consent") or consent)
        if agreed not in ("", NONE_NEEDED, *columns):
            faults.append(Fault(f"{where}, `consent`", f"names the column {agreed!r}, which the customers have not",
                                did_you_mean(str(agreed), (NONE_NEEDED, *columns))))
        private = [str(c) for c in wanted if hashed.kind(str(c))]
        if private and not agreed:
            faults.append(Fault(where, f"hands over {', '.join(private)}, and nothing says that these people agreed",
                                "name the column that says so, `consent: consent_email`, or write "
                                f"`consent: {NONE_NEEDED}` where the law asks for none"))
    return faults


def build(people: pd.DataFrame, told: pd.DataFrame, given: Mapping[str, Any], ranked: Sequence[str], consent: str = "",
          suppression: str = "", hash_identifiers: bool = False, control_share: float | None = 0.1,
          country: str = hashed.HOME, random_state: int | None = None) -> Lists:
    """Lists of the audiences of a study.

    Parameters
    ----------
    people : a row per customer, indexed by id, with the columns that lists hand over.
    told : customers × audiences, True for members.
    given : name → ``{audience, department, columns, consent, aim, task}``.
    ranked : audiences by priority: of two lists that claim one person, the one whose audience comes first has them.
    consent : column that says who agreed, for lists that name none of their own; "none_needed" where none is needed.
    suppression : column that says who asked to be left alone; so is everybody with the same mail address or number.
    hash_identifiers : give SHA-256 in place of names, mail and phone, and no `customer_id`.
    control_share : share of those who could be listed that is kept apart, drawn by lot; None for nobody.
    country : two letters of the country of phone numbers without a country code.
    random_state : seed of the draw; each list draws by itself, whatever the order of the customers.

    Raises
    ------
    DataError
        With the faults of `check`.

    Examples
    --------
    >>> people = pd.DataFrame({"email": ["a@x.vn", "b@x.vn", None], "ok": ["yes", "no", "yes"]}, index=["a", "b", "c"])
    >>> told = pd.DataFrame({"vip": [True, True, True]}, index=people.index)
    >>> made = build(people, told, {"mail": {"audience": "vip", "columns": ["email"], "consent": "ok"}}, ["vip"],
    ...              control_share=None)
    >>> made.summary.loc["mail", ["size", "n_no_consent", "n_unreachable", "n_listed"]].to_list()
    [3, 1, 1, 1]
    """
    faults = check(given, list(told), [str(c) for c in people], consent, suppression)
    if faults := [*faults, *hashed.check_country(country)]:
        raise DataError(faults)
    people = people.reindex(told.index)
    alone = suppressed(people, suppression, country)
    listed, control, rows, taken = {}, {}, {}, pd.Series(False, index=told.index)
    for name in sorted(given, key=lambda n: (ranked.index(given[n]["audience"]), list(given).index(n))):
        spec = given[name]
        member = told[spec["audience"]].astype(bool)
        eligible, counts = member.copy(), {"size": int(member.sum())}
        agreed = (spec.get("consent") or consent)
        columns = [str(c) for c in spec.get("columns", [])]
        contacts = [c for c in columns if hashed.kind(c) in ("email", "phone")]
        formed = pd.DataFrame({c: hashed.one_form(people[c].where(eligible), hashed.kind(c), country)
                               for c in contacts}, index=people.index)
        out = {
            "n_elsewhere": taken, "n_suppressed": alone,
            "n_no_consent": ~_yes(people[agreed]) if agreed not in ("", NONE_NEEDED) else None,
            "n_unreachable": formed.isna().all(axis=1) if contacts else None,
        }
        for reason, mask in out.items():
            gone = eligible & mask if mask is not None else pd.Series(False, index=eligible.index)
            counts[reason], eligible = int(gone.sum()), eligible & ~gone
        twice = _repeated(formed[eligible])
        counts["n_same_contact"] = int(twice.sum())
        ids = eligible.index[eligible][~twice.to_numpy()]
        apart = drawn(ids, control_share, random_state, str(name))
        counts["n_control"], counts["n_listed"] = len(apart), len(ids) - len(apart)
        taken = taken | eligible
        on_it = ids.difference(apart, sort=False)
        dialled = {c: formed[c].fillna(people[c]) for c in contacts if hashed.kind(c) == "phone"}
        listed[name] = _content(people.assign(**dialled).loc[on_it, columns], hash_identifiers, country)
        control[name] = pd.DataFrame({"customer_id": apart})
        rows[name] = {**_words(spec), **counts}
    names = ["audience", "department", "aim", "task", "size", *REASONS, "n_listed"]
    summary = pd.DataFrame([rows[n] for n in given], index=pd.Index(list(given), name="list"), columns=names)
    return Lists({n: listed[n] for n in given}, {n: control[n] for n in given}, summary)


def _yes(values: pd.Series) -> pd.Series:
    return values.astype("string").str.strip().str.lower().isin(YES).fillna(False).astype(bool)


def suppressed(people: pd.DataFrame, column: str = "", country: str = hashed.HOME) -> pd.Series:
    """Who asked to be left alone, and everybody with the same mail address or phone number.

    Examples
    --------
    >>> people = pd.DataFrame({"phone": ["0912345678", "+84 912 345 678", "0987654321"], "stop": ["yes", "no", "no"]})
    >>> suppressed(people, "stop").to_list()
    [True, True, False]
    """
    if not column:
        return pd.Series(False, index=people.index)
    alone = _yes(people[column])
    for c in people:
        if hashed.kind(str(c)) in ("email", "phone"):
            formed = hashed.one_form(people[c], hashed.kind(str(c)), country)
            alone = alone | (formed.notna() & formed.isin(set(formed[alone].dropna())))
    return alone


def _repeated(formed: pd.DataFrame) -> pd.Series:
    """Whether an earlier row has the same contacts."""
    if not formed.shape[1]:
        return pd.Series(False, index=formed.index)
    return formed.duplicated() & formed.notna().any(axis=1)


def drawn(ids: pd.Index, share: float | None, random_state: int | None, name: str) -> pd.Index:
    """The control group of a list: a share of its people, drawn by lot from their sorted ids.

    Examples
    --------
    >>> len(drawn(pd.RangeIndex(200), 0.1, 7, "mail"))
    20
    """
    if not share or not len(ids):
        return ids[:0]
    ordered = ids.sort_values()
    rng = np.random.default_rng(None if random_state is None else [random_state, zlib.crc32(name.encode())])
    return ordered[np.sort(rng.choice(len(ordered), round(share * len(ordered)), replace=False))]


def _content(people: pd.DataFrame, hash_identifiers: bool, country: str) -> pd.DataFrame:
    if not hash_identifiers:
        return people.rename_axis("customer_id").reset_index()
    columns = {}
    for column in people:
        kind = hashed.kind(str(column))
        values = people[column]
        columns[f"{column}_sha256" if kind else column] = hashed.sha256(values, kind, country) if kind else values
    return pd.DataFrame(columns, index=people.index).reset_index(drop=True)


def _words(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The editorial entries of a list, by language."""
    department = spec.get("department") or ""
    called = department.get("en", "") if isinstance(department, Mapping) else department
    aim = spec.get("aim") or AIMS.get(str(called).casefold(), "")
    return {"audience": spec["audience"], "department": department, "aim": aim, "task": by_language(spec.get("task"))}


def by_language(given: Any) -> dict[str, str]:
    """Words of the study for each language: the same ones where there is no translation."""
    if isinstance(given, Mapping):
        return {str(code): str(text) for code, text in given.items()}
    return dict.fromkeys(LANGUAGES, "" if given is None else str(given))


_FIRST = N_("Begin with the list “{name:segment}”: {n:count} of the {size:count} people of its audience, for "
            "{department:message}. {control:count} more are kept apart by lot, to learn what it brings. All "
            "{size:count} are {share:percent} of customers and brought {revenue:percent} of revenue; the list is a "
            "part of that.")
_NO_LIST = N_("Make a list of the audience “{name:segment}” first: {n:count} people, {share:percent} of customers, who "
              "brought {revenue:percent} of revenue. Say in the study who writes to them and what they agreed to.")


def recommendation(made: Lists, behaves: pd.DataFrame, ranked: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """What to begin with: the first list by priority that holds anybody, else the first audience that does.

    Parameters
    ----------
    made : lists. behaves : what `population.behaviour` gave. ranked : audiences by priority.

    Returns
    -------
    The sentence (message id) and its values.
    """
    order = sorted(made.people, key=lambda n: ranked.index(made.summary.loc[n, "audience"]))
    first = next((n for n in order if made.summary.loc[n, "n_listed"] > 0), None)
    audience = made.summary.loc[first, "audience"] if first is not None else next(
        (name for name in ranked if behaves.loc[name, "size"] > 0), ranked[0])
    row = behaves.loc[audience]
    about = {"share": float(row["customer_share"]), "revenue": float(row["revenue_share"])}
    if first is None:
        return _NO_LIST, {"name": audience, "n": int(row["size"]), **about}
    about["size"] = int(row["size"])
    first_row = made.summary.loc[first]
    return _FIRST, {"name": str(first), "n": int(first_row["n_listed"]), "control": int(first_row["n_control"]),
                    "department": first_row["department"] or "–", **about}


_NO_CONSENT = N_("The study names no column of consent. Before names, numbers or addresses leave, it has to say "
                 "which column tells who agreed (`consent`), or that none is needed (`consent: none_needed`). Lists of "
                 "ids alone are written without one.")
_NONE_NEEDED = N_("The study says that no consent is needed: its owner answers for that.")
_PLAIN = N_("Who is on a list agreed to it by the column that the study names; where nobody asked, the answer counts "
            "as no.")
_HASHED = N_("Who is on a list agreed to it by the column that the study names. Names, addresses and numbers leave as "
             "SHA-256; country and city as they are.")
_MIXED = N_("The lists differ in consent. Who is on a list whose column the study names agreed to it; where the study "
            "says that none is needed, its owner answers for that; a list that names none holds ids alone, of people "
            "who were not asked.")


def about_consent(given: Mapping[str, Any], consent: str = "", hash_identifiers: bool = False) -> str:
    """What a page says of consent (message id).

    Parameters
    ----------
    given : name of a list → its entries, as in `build`; the `consent` of a list stands before that of the study.
    consent : the study's column of consent, "none_needed", or "" for none.
    hash_identifiers : whether names, mail and phone leave as SHA-256.

    Returns
    -------
    str, one sentence for all lists; where they differ in what they ask, it says so.

    Examples
    --------
    >>> about_consent({}, "none_needed")
    'The study says that no consent is needed: its owner answers for that.'
    """
    asked = {(spec.get("consent") or consent) for spec in given.values()} or {consent}
    if len(asked & {"", NONE_NEEDED}) + bool(asked - {"", NONE_NEEDED}) > 1:
        return _MIXED
    if asked == {""}:
        return _NO_CONSENT
    if NONE_NEEDED in asked:
        return _NONE_NEEDED
    return _HASHED if hash_identifiers else _PLAIN
