"""Instants as the clock of a place shows them, in the engine that holds them."""

from __future__ import annotations

import difflib
import zoneinfo

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from segkit.data import engines
from segkit.words.errors import Fault, SegkitError

_ZONED = dt.Timestamp(timezone="UTC")


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, _ZONED), dt.Timestamp()))
def _at_clock(zone, instant):  # DuckDB, PostgreSQL
    ...


@ibis.udf.scalar.builtin(name="timezone", signature=((dt.string, dt.Timestamp()), _ZONED))
def _as_instant(zone, clock):
    ...


@ibis.udf.scalar.builtin(name="from_utc_timestamp", signature=((dt.Timestamp(), dt.string), dt.Timestamp()))
def _of_spark(clock, zone):
    ...


def check(zone: str) -> None:
    """Raise when `zone` is not the name of a time zone.

    Raises
    ------
    SegkitError
        With the nearest names.
    """
    known = zoneinfo.available_timezones()
    if zone not in known:
        near = difflib.get_close_matches(str(zone), known, n=3, cutoff=0.5)
        raise SegkitError([Fault("`rows`, `time_zone`", f"is {zone!r}, not a time zone",
                                 f"write a place as Asia/Ho_Chi_Minh{'; near it: ' if near else ''}{', '.join(near)}")])


def local(instant: ir.TimestampValue, zone: str) -> ir.TimestampValue:
    """What the clock of a zone shows at an instant, as a timestamp without a zone.

    Parameters
    ----------
    instant : a timestamp with a time zone, or one without, which counts as UTC.
    zone : such as Asia/Ho_Chi_Minh.

    Examples
    --------
    >>> t = ibis.memtable({"at": ["2024-01-31 20:00:00"]})
    >>> local(t.at.cast("timestamp"), "Asia/Ho_Chi_Minh").execute()[0]
    Timestamp('2024-02-01 03:00:00')
    """
    if engines.name(instant) == "pyspark":
        return _of_spark(instant, ibis.literal(zone))
    if instant.type().timezone is None:
        instant = _as_instant(ibis.literal("UTC"), instant)
    return _at_clock(ibis.literal(zone), instant)
