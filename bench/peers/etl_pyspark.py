"""The five tables with PySpark on this machine: etl_pyspark.py INPUT OUTPUT

Tuned: declared schemas; many small song files in a task; as many shuffle partitions as cores; one file for each
partition; files moved to their final names by the tasks (committer version 2) instead of the driver; no checksum
files; data that is used twice is cached.
"""

import os
import sys

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

SONG = """song_id string, title string, artist_id string, artist_name string,
    artist_location string, artist_latitude double, artist_longitude double, year int,
    duration double"""
LOG = """ts bigint, page string, userId string, sessionId bigint, itemInSession bigint,
    firstName string, lastName string, gender string, level string, location string,
    userAgent string, artist string, song string, length double"""
PLAY = ["userId", "sessionId", "itemInSession", "ts", "level", "location", "userAgent", "artist",
        "song", "length"]


LOCAL = {"spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem"}


def s3_settings():
    """What Spark needs for S3; the keys come from the environment."""
    return {
        "spark.jars.packages": "org.apache.hadoop:hadoop-aws:3.5.0",
        "spark.hadoop.fs.s3a.endpoint": os.environ["AWS_ENDPOINT_URL"],
        "spark.hadoop.fs.s3a.endpoint.region": os.environ["AWS_REGION"],
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.connection.maximum": 128,
        "spark.hadoop.fs.s3a.threads.max": 128,
    }


def session(is_s3):
    cores = len(os.sched_getaffinity(0))
    settings = {
        "spark.driver.memory": "6g",
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": cores,
        "spark.sql.files.openCostInBytes": 64 << 10,
        "spark.sql.parquet.compression.codec": "zstd",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": 2,
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
    }
    settings |= s3_settings() if is_s3 else LOCAL
    builder = SparkSession.builder.master(f"local[{cores}]").appName("sparkify-bench")
    for name, setting in settings.items():
        builder = builder.config(name, setting)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def first_of(frame, key, *order):
    """One row for each key: the first in the given order."""
    place = F.row_number().over(Window.partitionBy(key).orderBy(*order))
    return frame.withColumn("place", place).where("place = 1").drop("place")


def newest(plays):
    """Each user's newest play. A struct is compared member by member, and null is the least."""
    order = ["ts", "sessionId", "itemInSession", "level", "firstName", "lastName", "gender"]
    last = plays.groupBy("userId").agg(F.max(F.struct(*order)).alias("last"))
    return last.select(
        F.col("userId").alias("user_id"), F.col("last.firstName").alias("first_name"),
        F.col("last.lastName").alias("last_name"), "last.gender", "last.level")


def write(frame, folder, *partitions):
    if partitions:
        frame.repartition(*partitions).write.partitionBy(*partitions).parquet(folder)
    else:
        frame.coalesce(1).write.parquet(folder)


def main(source, lake):
    spark = session(source.startswith("s3a://"))
    songs = (
        spark.read.schema(SONG).option("multiLine", True).option("recursiveFileLookup", True)
        .json(f"{source}/song_data").na.fill(0, ["year"]).cache()
    )
    plays = (
        spark.read.schema(LOG).option("recursiveFileLookup", True).json(f"{source}/log_data")
        .where("page = 'NextSong'").drop("page").cache()
    )
    start_time = F.timestamp_millis("ts")
    matches = (
        songs.groupBy("title", "artist_name", "duration")
        .agg(F.min(F.struct("song_id", "artist_id")).alias("ids"))
        .select(F.col("title").alias("song"), F.col("artist_name").alias("artist"),
                F.col("duration").alias("length"), "ids.*")
    )
    songplays = (
        plays.dropDuplicates(PLAY)
        .join(F.broadcast(matches), ["song", "artist", "length"], "left")
        .select(
            F.xxhash64("userId", "sessionId", "ts", "itemInSession").alias("songplay_id"),
            start_time.alias("start_time"), F.col("userId").alias("user_id"), "level", "song_id",
            "artist_id", F.col("sessionId").alias("session_id"), "location",
            F.col("userAgent").alias("user_agent"), "song", "artist", "length")
        .withColumns({"year": F.year("start_time"), "month": F.month("start_time")})
    )
    moment = F.col("start_time")
    time = (
        plays.select(start_time.alias("start_time")).distinct()
        .withColumns({
            "hour": F.hour(moment), "day": F.dayofmonth(moment), "week": F.weekofyear(moment),
            "month": F.month(moment), "year": F.year(moment), "weekday": F.dayofweek(moment)})
    )
    artists = first_of(
        songs, "artist_id", F.desc("year"), "song_id", "artist_name", "artist_location",
        "artist_latitude", "artist_longitude",
    ).selectExpr("artist_id", "artist_name as name", "artist_location as location",
                 "artist_latitude as latitude", "artist_longitude as longitude")
    song_rows = first_of(songs, "song_id", "title", "artist_id", "year", "duration").select(
        "song_id", "title", "artist_id", "year", "duration")
    write(song_rows, f"{lake}/songs", "year", "artist_id")
    write(artists, f"{lake}/artists")
    write(newest(plays), f"{lake}/users")
    write(time, f"{lake}/time", "year", "month")
    write(songplays, f"{lake}/songplays", "year", "month")
    spark.stop()


main(*sys.argv[1:])
