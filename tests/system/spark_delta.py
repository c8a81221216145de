"""Spark with Delta Lake as a program; see query_server.py. All of it is one process, and its JVM one
more, which ends with it. What is not in the package comes from Maven Central.

Spark's Delta Lake 4.2 wants Spark 4.1, and that Hadoop 3.4.2.
"""

import datetime
import logging
import os

import hadoop_aws
from pyspark.sql import SparkSession
from query_server import as_text, serve

PACKAGES = ["io.delta:delta-spark_2.13:4.2.0", *hadoop_aws.packages("3.4.2", "2.29.52")]
CONF = {
    "spark.jars.packages": ",".join(PACKAGES),
    "spark.jars.excludes": ",".join([*hadoop_aws.OF_SPARK, "org.apache.parquet:*"]),
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
    "spark.databricks.delta.snapshotPartitions": 2,
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    # It lives for a minute; one tier alone has a code cache of 48 MB, which Spark can fill.
    "spark.driver.extraJavaOptions": (
        "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=240m"
    ),
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.adaptive.enabled": "false",  # so that plans say which files they have read
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",  # which takes longer than these queries
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": 2,  # VACUUM lists with so many tasks
    "spark.sql.shuffle.partitions": 2,
    "spark.hadoop.fs.s3a.endpoint": os.environ.get("ENDPOINT", ""),
    "spark.hadoop.fs.s3a.endpoint.region": os.environ.get("AWS_REGION", ""),
    "spark.hadoop.fs.s3a.path.style.access": "true",
    "spark.hadoop.fs.s3a.aws.credentials.provider": (
        "software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider"
    ),
}


def start():
    builder = SparkSession.builder.master("local[2]")
    for name, value in CONF.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def with_zone(value):
    """Timestamps come without their zone, which is that of the session."""
    is_time = isinstance(value, datetime.datetime)
    return value.replace(tzinfo=datetime.UTC) if is_time else value


def files_read(frame):
    """By the scan's own count, once it has run."""
    leaves = frame._jdf.queryExecution().executedPlan().collectLeaves()
    return leaves.apply(0).metrics().apply("numFiles").value()


def open_spark():
    logging.disable()
    spark = start()

    def answer(request):
        frame = spark.sql(request["sql"])
        rows = as_text(frame.columns, [map(with_zone, row) for row in frame.collect()])
        return {"rows": rows, "files": files_read(frame) if request.get("files") else None}

    return answer


serve(open_spark)
