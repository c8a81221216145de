"""The five tables as a PySpark script usually makes them: etl_usual.py INPUT OUTPUT [REMOTE]

The schemas are declared, nothing is inferred, and there are no user-defined functions and no unnecessary sorts.
Otherwise it is a typical script: JSON by wildcards, dropDuplicates, partitionBy, Spark's default settings. REMOTE is a
Spark Connect server, sc://…; without it, the script is for spark-submit. Prints the seconds from the start of the
session, without the start of Python and of the JVM.
"""

import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

SONG = """song_id string, title string, artist_id string, artist_name string,
    artist_location string, artist_latitude double, artist_longitude double, year int,
    duration double"""
LOG = """ts bigint, page string, userId string, sessionId bigint, itemInSession bigint,
    firstName string, lastName string, gender string, level string, location string,
    userAgent string, artist string, song string, length double"""


def write_songs(songs, lake):
    songs.select("song_id", "title", "artist_id", "year", "duration").dropDuplicates(
        ["song_id"]
    ).write.partitionBy("year", "artist_id").mode("overwrite").parquet(f"{lake}/songs")
    songs.select(
        "artist_id", F.col("artist_name").alias("name"),
        F.col("artist_location").alias("location"), F.col("artist_latitude").alias("latitude"),
        F.col("artist_longitude").alias("longitude"),
    ).dropDuplicates(["artist_id"]).write.mode("overwrite").parquet(f"{lake}/artists")  # fmt: skip


def write_users(plays, lake):
    """As the newest play has them: the level changes."""
    newest = F.max(F.struct("ts", "firstName", "lastName", "gender", "level")).alias("newest")
    plays.groupBy("userId").agg(newest).select(
        F.col("userId").alias("user_id"), F.col("newest.firstName").alias("first_name"),
        F.col("newest.lastName").alias("last_name"), "newest.gender", "newest.level",
    ).write.mode("overwrite").parquet(f"{lake}/users")  # fmt: skip


def write_time(plays, lake):
    start = F.col("start_time")
    plays.select("start_time").dropDuplicates().select(
        "start_time", F.hour(start).alias("hour"), F.dayofmonth(start).alias("day"),
        F.weekofyear(start).alias("week"), F.month(start).alias("month"),
        F.year(start).alias("year"), F.dayofweek(start).alias("weekday"),
    ).write.partitionBy("year", "month").mode("overwrite").parquet(f"{lake}/time")  # fmt: skip


def write_songplays(plays, songs, lake):
    matches = (
        (plays.song == songs.title)
        & (plays.artist == songs.artist_name)
        & (plays.length == songs.duration)
    )
    plays.join(songs, matches, "left").select(
        F.xxhash64("userId", "sessionId", "ts", "itemInSession").alias("songplay_id"),
        "start_time", F.col("userId").alias("user_id"), "level", "song_id", "artist_id",
        F.col("sessionId").alias("session_id"), plays.location,
        F.col("userAgent").alias("user_agent"), "song", "artist", "length",
        F.year("start_time").alias("year"), F.month("start_time").alias("month"),
    ).write.partitionBy("year", "month").mode("overwrite").parquet(f"{lake}/songplays")  # fmt: skip


def main(source, lake, remote=None):
    builder = SparkSession.builder
    spark = (builder.remote(remote) if remote else builder).getOrCreate()
    start = time.perf_counter()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    songs = spark.read.schema(SONG).json(f"{source}/song_data/*/*/*/*.json")
    plays = (
        spark.read.schema(LOG).json(f"{source}/log_data/*/*/*.json")
        .where("page = 'NextSong'").withColumn("start_time", F.timestamp_millis("ts"))
    )  # fmt: skip
    write_songs(songs, lake)
    write_users(plays, lake)
    write_time(plays, lake)
    write_songplays(plays, songs, lake)
    print(time.perf_counter() - start)
    spark.stop()


main(*sys.argv[1:])
