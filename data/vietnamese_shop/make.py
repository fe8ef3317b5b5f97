"""Make the Parquet files of this folder: a simulated Vietnamese shop with a till, a loyalty scheme and a web shop.

    python make.py [folder]

Everything is drawn from the seed below with NumPy; nobody in the data exists. `people.py` beside this file draws the
people and what each system knows of them. Purchases: each person buys by a Poisson process of their own rate (gamma,
higher in the two large cities and between 30 and 50), from the day they came until they stop for good (exponential);
the till writes down the id of the shop's account, the web shop that of the web account. `visits.py` draws what they
bought, what they did in the web shop, what they agreed to, and who came when invited.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import people
import pyarrow as pa
import pyarrow.parquet as pq
import visits

FOLDER = Path(__file__).parent
HOUSEHOLDS, ERROR_RATE, SEED = 1600, 0.1, 2026
FIRST_DAY, N_DAYS = pd.Timestamp("2024-01-01"), 731
COLUMNS = {
    "shop": {
        "customer_id": "customer_id",
        "name": "full_name",
        "phone": "phone",
        "email": "email",
        "birth_date": "birth_date",
        "gender": "gender",
        "address": "address",
        "city": "city",
        "updated": "updated",
    },
    "loyalty": {
        "customer_id": "ma_the",
        "member_no": "so_hoi_vien",
        "name": "ho_ten",
        "phone": "sdt",
        "email": "email",
        "birth_date": "ngay_sinh",
        "gender": "gioi_tinh",
        "address": "dia_chi",
        "city": "tinh",
        "updated": "ngay_cap_nhat",
    },
    "web": {
        "customer_id": "account_id",
        "member_no": "so_hoi_vien",
        "name": "display_name",
        "phone": "phone",
        "email": "email",
        "birth_date": "birthday",
        "address": "address",
        "city": "city",
        "updated": "last_login",
    },
}
"""Column of each source for each role; the loyalty scheme's are Vietnamese and its days are day/month/year."""


def purchases(whole: dict[str, pd.DataFrame], rng: np.random.Generator) -> pd.DataFrame:
    """A row per purchase of the till and the web shop: `account`, `date`, `amount` in dong, `channel`."""
    accounts = pd.concat(
        [
            whole[s][["customer_id", "person", "city", "birth_date"]].assign(channel=c)
            for s, c in (("shop", "store"), ("web", "online"))
        ]
    )
    born = pd.to_datetime(accounts.groupby("person")["birth_date"].first(), errors="coerce")
    person = pd.DataFrame({"city": accounts.groupby("person")["city"].first(), "born": born})
    n = len(person)
    age = (2025 - person["born"].dt.year).fillna(40).to_numpy()
    large = person["city"].isin(["TP. Hồ Chí Minh", "TP Hồ Chí Minh", "Ho Chi Minh", "Hà Nội"]).to_numpy()
    rate = rng.gamma(0.75, 1 / 60, n) * np.where(large, 1.5, 0.8) * np.where((age >= 30) & (age < 50), 1.6, 0.8)
    begins = rng.integers(-700, N_DAYS, n)
    ends = np.minimum(begins + rng.exponential(900, n), N_DAYS)
    basket = np.exp(rng.normal(12.3, 0.45, n)) * np.where(large, 1.15, 1.0)
    rows = []
    for i, (_, own) in enumerate(accounts.groupby("person")):
        days = np.append(begins[i], rng.uniform(begins[i], ends[i], rng.poisson(rate[i] * (ends[i] - begins[i]))))
        days = np.sort(np.floor(days[days >= 0])).astype(int)
        if not len(days):
            continue
        usual = rng.dirichlet(np.ones(len(own)) * 0.6)
        which = rng.choice(len(own), len(days), p=usual)
        amounts = np.round(basket[i] * np.exp(rng.normal(0, 0.5, len(days))), -3)
        rows.append(
            pd.DataFrame(
                {
                    "account": own["customer_id"].to_numpy()[which],
                    "date": FIRST_DAY + pd.to_timedelta(days, unit="D"),
                    "amount": np.maximum(amounts, 10_000).astype("int64"),
                    "channel": own["channel"].to_numpy()[which],
                }
            )
        )
    return pd.concat(rows).sort_values(["date", "account", "amount"], kind="stable", ignore_index=True)


def tables() -> dict[str, pd.DataFrame]:
    """All tables, as they are written."""
    whole = people.sources(HOUSEHOLDS, ERROR_RATE, SEED)
    made = {"purchases": purchases(whole, np.random.default_rng([SEED, 1]))}
    for source, columns in COLUMNS.items():
        made[source] = whole[source].rename(columns=columns)[list(columns.values())]
    made["lines"] = visits.lines(made["purchases"], np.random.default_rng([SEED, 2]))
    made["events"] = visits.events(made["lines"], whole["web"], np.random.default_rng([SEED, 3]))
    made["contacts"] = visits.contacts(whole, np.random.default_rng([SEED, 4]))
    made["campaigns"] = visits.campaigns(made["contacts"], np.random.default_rng([SEED, 5]))
    day = made["loyalty"]["ngay_sinh"].str.split("-", expand=True)
    made["loyalty"]["ngay_sinh"] = day[2] + "/" + day[1] + "/" + day[0]
    return made


def write(table: pd.DataFrame, name: str, folder: Path) -> None:
    """Write one table with fixed types and encodings, so that the same rows give the same bytes."""
    whole = ("amount", "unit_price", "quantity", "order_no", "age")
    types = {"date": pa.timestamp("ms"), **dict.fromkeys(whole, pa.int64())}
    schema = pa.schema([(c, types.get(c, pa.string())) for c in table.columns])
    arrow = pa.Table.from_pandas(table, schema=schema, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(arrow, folder / f"{name}.parquet", compression="zstd", compression_level=19)
    print(f"{name}: {len(table):,} rows")


def main(folder: Path) -> None:
    """Write every file of this folder."""
    for name, table in tables().items():
        write(table, name, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
