"""The options of a run by their types, for editors and type checkers."""

from __future__ import annotations

import datetime
import os
from typing import Literal, TypedDict

Path = str | os.PathLike[str]
Toggle = Literal["auto", "on", "off"]


class StoreOptions(TypedDict, total=False):
    """How stores of S3 are reached."""

    bucket: str
    """The bucket of the lake: as ``output="s3://NAME"``."""
    prefix: str
    """Where the lake is in the bucket: as ``output="s3://NAME/P"``."""
    config: Path
    """The file with the keys; "dl.cfg" by default."""
    profile: str
    """Which profile of ~/.aws/credentials and ~/.aws/config."""
    no_sign_request: bool
    """Use no keys, as public buckets allow."""
    endpoint: str
    """The address of a store other than AWS: "http://host:port"."""
    region: str
    """The region of the buckets; "us-east-1" by default."""
    path_style: Toggle
    """Whether the bucket is in the path, or in the host's name."""
    ca_file: Path
    """The certificates to trust instead of the system's."""
    connections: int
    """How many requests go on at once; 128 by default."""
    retry_time: int
    """For how many seconds a request that fails is tried again; 60 by default."""
    request_payer: bool
    """Pay for the requests, as buckets of others may want."""
    sse: Literal["AES256", "aws:kms", "aws:kms:dsse"]
    """How the store encrypts what is written; as the bucket says by default."""
    sse_kms_key_id: str
    """With ``sse="aws:kms"``: the key; the account's own by default."""
    settings: Path
    """The file of profiles instead of sparkify.yaml in this folder."""
    use: str
    """Which of its profiles."""


class EtlOptions(StoreOptions, total=False):
    """The options of a run: those of ``sparkify etl``, with underscores."""

    engine: Literal["native", "spark"]
    """"native": in this process, the default; "spark": on a cluster, by Spark Connect."""
    spark: object
    """The cluster's server: "sc://host:15002", or a SparkSession of pyspark's that is connected to it."""
    spark_plain_keys: bool
    """Send the S3 keys to another machine also without TLS."""
    threads: int
    """How many threads work; all processors by default."""
    compression: Literal["zstd", "snappy", "none"]
    """Of the Parquet files; "zstd" by default."""
    create_bucket: bool
    """Make the output's bucket if it is not there."""
    max_rejects: int | str
    """How many of a source's records may be rejected before the run fails: a number, or "1%", the default."""
    keep_versions: int
    """How many versions stay readable by their number; as the run before has it, at first 1."""
    grace: str | datetime.timedelta
    """For so long the files that this run replaces stay, for readers in the middle of them: "10m"; by default not."""
    incremental: bool
    """Read only the log files that no earlier run has read."""
    missing_logs: Literal["fail", "keep", "rebuild"]
    """Where log files that were read are gone: "fail" (the default), "keep" their plays, "rebuild" the tables."""
    missing_songs: Literal["fail", "keep", "rebuild"]
    """The same for song files."""
    allow_empty: bool
    """Commit also where a table that has rows would have none."""
    dry_run: bool
    """Read and count, but write nothing; with ``engine="spark"``: say the SQL that would run."""
    metrics_file: Path
    """Write the run's figures into this file, as OpenMetrics has them."""
    on_success: str
    """Run this with sh after a run that went well, with the document on its standard input."""
    on_failure: str
    """The same after a run that failed."""
    input_profile: str
    """As ``profile``, for the input alone; so the others that begin with ``input_`` and ``output_``."""
    input_no_sign_request: bool
    input_endpoint: str
    input_region: str
    input_path_style: Toggle
    input_ca_file: Path
    output_profile: str
    output_no_sign_request: bool
    output_endpoint: str
    output_region: str
    output_path_style: Toggle
    output_ca_file: Path


class GenerateOptions(TypedDict, total=False):
    """The options of a data set: those of ``sparkify generate``."""

    songs: int
    """How many song files."""
    events: int
    """How many log events."""
    users: int
    """How many users; chosen from the number of events by default."""
    days: int
    """Over how many days the events are spread; 30 by default."""
    start: str | datetime.date
    """The first day; 2018-11-01 by default."""
    match: float
    """The share of the plays whose song is in the song data, 0 to 1."""
    seed: int
    """The same seed gives the same bytes; 1 by default."""
    threads: int
    """How many threads work; all processors by default."""
