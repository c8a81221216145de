"""The five tables with Polars: etl_polars.py INPUT OUTPUT

Tuned: declared schemas; the thousands of small song files concatenated into one buffer, because opening each by
the engine takes more time than all the rest; only the needed fields of the logs parsed; Polars' own partitioned
writer, in one pass for each table, on all cores.
"""

import json
import os
import sys
from pathlib import Path

import polars as pl

SONG = {
    "song_id": pl.String, "title": pl.String, "artist_id": pl.String, "artist_name": pl.String,
    "artist_location": pl.String, "artist_latitude": pl.Float64, "artist_longitude": pl.Float64,
    "year": pl.Int32, "duration": pl.Float64,
}
LOG = {
    "ts": pl.Int64, "page": pl.String, "userId": pl.String, "sessionId": pl.Int64,
    "itemInSession": pl.Int64, "firstName": pl.String, "lastName": pl.String, "gender": pl.String,
    "level": pl.String, "location": pl.String, "userAgent": pl.String, "artist": pl.String,
    "song": pl.String, "length": pl.Float64,
}
PLAY = ["userId", "sessionId", "itemInSession", "ts", "level", "location", "userAgent", "artist",
        "song", "length"]


def read_songs(folder):
    if "://" in folder:
        return fetch_songs(folder)
    return pl.read_ndjson(song_lines(folder), schema=SONG)


def fetch_songs(folder):
    """Polars fetches many objects at once, as lines; those of an object are one document."""
    lines = pl.scan_csv(f"{folder}/**/*.json", has_header=False, separator="\x01", quote_char=None,
                        schema={"line": pl.String}, include_file_paths="file")
    documents = lines.group_by("file").agg(pl.col("line").str.join(" ")).collect()
    return pl.read_ndjson("\n".join(documents["line"]).encode(), schema=SONG)


def song_lines(folder):
    """All song documents below folder, one a line."""
    pieces = []
    for path, _, names in os.walk(folder):
        for name in names:
            with open(f"{path}/{name}", "rb", buffering=0) as file:
                text = file.read().strip()
            if b"\n" in text:  # pretty-printed
                text = json.dumps(json.loads(text)).encode()
            pieces.append(text)
    return b"\n".join(pieces)


def first_of(frame, key, order, descending=False, nulls_last=False):
    """One row for each key: the first in the given order."""
    return frame.sort(order, descending=descending, nulls_last=nulls_last).unique(
        key, keep="first", maintain_order=True)


def newest(plays):
    """Each user's newest play: the rows of the greatest ts are few, and only they are sorted."""
    last = plays.filter(pl.col("ts") == pl.col("ts").max().over("userId"))
    order = ["ts", "sessionId", "itemInSession", "level", "firstName", "lastName", "gender"]
    return first_of(last, "userId", order, descending=True, nulls_last=True)



def write(frame, folder, key=None):
    if "://" not in folder:
        Path(folder).mkdir(parents=True)
    if key:
        target = pl.PartitionBy(folder, key=key, include_key=False)
    else:
        target = f"{folder}/part-00000.zstd.parquet"
    return frame.lazy().sink_parquet(target, compression="zstd", mkdir=True, lazy=True)


def main(source, lake):
    songs = read_songs(f"{source}/song_data").with_columns(pl.col("year").fill_null(0))
    plays = (
        pl.scan_ndjson(f"{source}/log_data/**/*.json", schema=LOG)
        .filter(pl.col("page") == "NextSong")
        .drop("page")
        .collect(engine="streaming")
    )
    matches = first_of(
        songs.select("title", "artist_name", "duration", "song_id", "artist_id"),
        ["title", "artist_name", "duration"], ["song_id", "artist_id"])
    start_time = pl.from_epoch("ts", "ms").cast(pl.Datetime("us", "UTC")).alias("start_time")
    moment = pl.col("start_time").dt
    songplays = (
        plays.unique(PLAY, keep="any")  # faster in memory than streaming
        .join(matches, how="left", left_on=["song", "artist", "length"],
              right_on=["title", "artist_name", "duration"])
        .with_row_index("songplay_id")
        .select(pl.col("songplay_id").cast(pl.Int64), start_time, pl.col("userId").alias("user_id"),
                "level", "song_id", "artist_id", pl.col("sessionId").alias("session_id"),
                "location", pl.col("userAgent").alias("user_agent"), "song", "artist", "length")
        .with_columns(moment.year().alias("year"), moment.month().cast(pl.Int32).alias("month"))
    )
    time = (
        plays.lazy().select(start_time).unique().sort("start_time")
        .with_columns(
            moment.hour().cast(pl.Int32).alias("hour"),
            moment.day().cast(pl.Int32).alias("day"),
            moment.week().cast(pl.Int32).alias("week"),
            moment.month().cast(pl.Int32).alias("month"),
            moment.year().alias("year"),
            (moment.weekday() % 7 + 1).cast(pl.Int32).alias("weekday"))
    )
    users = newest(plays).select(
        pl.col("userId").alias("user_id"), pl.col("firstName").alias("first_name"),
        pl.col("lastName").alias("last_name"), "gender", "level")
    artists = first_of(
        songs, "artist_id",
        ["year", "song_id", "artist_name", "artist_location", "artist_latitude", "artist_longitude"],
        descending=[True] + [False] * 5,
    ).select("artist_id", pl.col("artist_name").alias("name"),
             pl.col("artist_location").alias("location"),
             pl.col("artist_latitude").alias("latitude"),
             pl.col("artist_longitude").alias("longitude"))
    song_rows = first_of(songs, "song_id", ["title", "artist_id", "year", "duration"]).select(
        "song_id", "title", "artist_id", "year", "duration")
    pl.collect_all([
        write(song_rows, f"{lake}/songs", ["year", "artist_id"]),
        write(artists, f"{lake}/artists"),
        write(users, f"{lake}/users"),
        write(time, f"{lake}/time", ["year", "month"]),
        write(songplays, f"{lake}/songplays", ["year", "month"]),
    ])


main(*sys.argv[1:])
