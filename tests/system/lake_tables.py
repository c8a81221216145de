"""What the tests of queries share: DuckDB's library, a lake's tables read by another reader, and when two
answers are the same."""

import datetime
import os
from pathlib import Path

import polars as pl
from conftest import PROGRAM

LIBRARY = Path(os.environ.get("SPARKIFY_DUCKDB") or Path(PROGRAM).with_name("libduckdb.so"))
ENV = {"SPARKIFY_DUCKDB": str(LIBRARY)}


def table(lake, name):
    folders = {"songs": "*/*/", "time": "*/*/", "songplays": "*/*/"}.get(name, "")
    files = sorted(Path(lake, name).glob(f"{folders}part-*.parquet"))
    return pl.read_parquet(files, hive_partitioning=bool(folders), glob=False)


def close(found, expected):
    """Equal, but for a double whose last digit was rounded in another way."""
    if isinstance(expected, float):
        return found is not None and abs(found - expected) <= 0.1001
    if isinstance(expected, datetime.datetime):
        return (
            pl.Series([found]).str.to_datetime(time_zone="UTC").dt.replace_time_zone(None)[0]
            == expected
        )
    return str(found) == str(expected) if isinstance(expected, datetime.date) else found == expected


def differences(found, expected):
    """The first row in which two answers are not the same, and its number."""
    if len(found) != len(expected):
        return f"{len(found)} rows instead of {len(expected)}"
    for i, (row, right) in enumerate(zip(found, expected)):
        if len(row) != len(right) or not all(map(close, row, right)):
            return i, row, right
    return None
