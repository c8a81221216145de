"""The options of a run by their types, for editors and type checkers."""

from __future__ import annotations

import datetime
import os
from typing import Literal, TypedDict

Path = str | os.PathLike[str]
Toggle = Literal["auto", "on", "off"]


class StoreOptions(TypedDict, total=False):
    """How stores of S3 are reached.

    Attributes:
        bucket: The bucket of the lake: as ``output="s3://NAME"``.
        prefix: Where the lake is in the bucket: as ``output="s3://NAME/P"``.
        config: The file with the keys; "dl.cfg" by default.
        profile: Which profile of ~/.aws/credentials and ~/.aws/config.
        no_sign_request: Use no keys, as public buckets allow.
        endpoint: The address of a store other than AWS: "http://host:port".
        region: The region of the buckets; "us-east-1" by default.
        path_style: Whether the bucket is in the path, or in the host's name.
        ca_file: The certificates to trust instead of the system's.
        connections: How many requests go on at once; 128 by default.
        retry_time: For how many seconds a request that fails is tried again; 60 by default.
        request_payer: Pay for the requests, as buckets of others may want.
        sse: How the store encrypts what is written; as the bucket says by default.
        sse_kms_key_id: With ``sse="aws:kms"``: the key; the account's own by default.
        settings: The file of profiles instead of sparkify.yaml in this folder.
        use: Which of its profiles.
    """

    bucket: str
    prefix: str
    config: Path
    profile: str
    no_sign_request: bool
    endpoint: str
    region: str
    path_style: Toggle
    ca_file: Path
    connections: int
    retry_time: int
    request_payer: bool
    sse: Literal["AES256", "aws:kms", "aws:kms:dsse"]
    sse_kms_key_id: str
    settings: Path
    use: str


class EtlOptions(StoreOptions, total=False):
    """The options of a run: those of ``sparkify etl``, with underscores; :class:`StoreOptions` are among them.

    Attributes:
        model: The model of input and tables, a file of YAML; by default the lake's own, or the built-in one.
        engine: "native": in this process, the default; "spark": on a cluster, by Spark Connect.
        spark: The cluster's server: "sc://host:15002", or a SparkSession of pyspark's that is connected to it.
        spark_plain_keys: Send the S3 keys to another machine also without TLS.
        threads: How many threads work; all processors by default.
        compression: Of the Parquet files; "zstd" by default.
        create_bucket: Make the output's bucket if it is not there.
        max_rejects: How many of a source's records may be rejected before the run fails: a number, or "1%", the
            default.
        keep_versions: How many versions stay readable by their number; as the run before has it, at first 1.
        grace: For so long the files that this run replaces stay, for readers in the middle of them: "10m"; by default
            not.
        incremental: Read only the log files that no earlier run has read.
        rebuild: Replace the lake's tables by those of the model, whatever the lake's own is.
        missing_logs: Where log files that were read are gone: "fail" (the default), "keep" their plays, "rebuild" the
            tables.
        missing_songs: The same for song files.
        allow_empty: Commit also where a table that has rows would have none.
        dry_run: Read and count, but write nothing; with ``engine="spark"``: say the SQL that would run.
        metrics_file: Write the run's figures into this file, as OpenMetrics has them.
        on_success: Run this with sh after a run that went well, with the document on its standard input.
        on_failure: The same after a run that failed.
        input_profile: As ``profile``, for the input alone; so the others that begin with ``input_`` and ``output_``.
    """

    model: Path
    engine: Literal["native", "spark"]
    spark: object
    spark_plain_keys: bool
    threads: int
    compression: Literal["zstd", "snappy", "none"]
    create_bucket: bool
    max_rejects: int | str
    keep_versions: int
    grace: str | datetime.timedelta
    incremental: bool
    rebuild: bool
    missing_logs: Literal["fail", "keep", "rebuild"]
    missing_songs: Literal["fail", "keep", "rebuild"]
    allow_empty: bool
    dry_run: bool
    metrics_file: Path
    on_success: str
    on_failure: str
    input_profile: str
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
    """The options of a data set: those of ``sparkify generate``.

    Attributes:
        songs: How many song files.
        events: How many log events.
        users: How many users; chosen from the number of events by default.
        days: Over how many days the events are spread; 30 by default.
        start: The first day; 2018-11-01 by default.
        match: The share of the plays whose song is in the song data, 0 to 1.
        restless: Users change name, place and device from event to event.
        seed: The same seed gives the same bytes; 1 by default.
        threads: How many threads work; all processors by default.
    """

    songs: int
    events: int
    users: int
    days: int
    start: str | datetime.date
    match: float
    restless: bool
    seed: int
    threads: int
