"""A Spark that has Hadoop's S3A, in one process: the fixture `cluster`."""

import shutil

import hadoop_aws
import pytest
from spark_server import Spark, missing, spark_home

SDK_VERSION = "2.35.4"


def hadoop_version():
    (jar,) = (spark_home() / "jars").glob("hadoop-client-api-*.jar")
    return jar.stem.removeprefix("hadoop-client-api-")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if missing():
        pytest.skip(f"no Spark: {missing()}")
    folder = tmp_path_factory.mktemp("spark_s3")
    (folder / "events").mkdir()
    conf = {
        "spark.jars.packages": ",".join(hadoop_aws.packages(hadoop_version(), SDK_VERSION)),
        "spark.jars.excludes": ",".join(hadoop_aws.OF_SPARK),
        "spark.connect.session.manager.defaultSessionTimeout": "3m",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.compress": "false",
        "spark.eventLog.dir": f"file://{folder}/events",
    }
    with Spark(folder / "cluster", workers=0, conf=conf, memory="2g") as running:
        yield running
    shutil.rmtree(folder)
