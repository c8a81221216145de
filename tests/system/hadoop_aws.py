"""Hadoop's S3A for Spark, from Maven Central. The whole SDK of AWS, which hadoop-aws asks for, has 600 MB:
these modules of it are enough, without what Spark has itself."""

SDK = ("s3-transfer-manager", "sts", "apache-client", "netty-nio-client")
OF_SPARK = [
    "software.amazon.awssdk:bundle",
    "org.apache.hadoop:hadoop-client-api",
    "org.apache.hadoop:hadoop-client-runtime",
    "io.netty:*",
    "org.slf4j:*",
    "org.apache.logging.log4j:*",
    "org.apache.httpcomponents:*",
    "commons-codec:*",
]


def packages(hadoop, sdk):
    """What a Spark with that Hadoop needs; `sdk` is the version of AWS's SDK."""
    return [f"org.apache.hadoop:hadoop-aws:{hadoop}", *(f"software.amazon.awssdk:{module}:{sdk}" for module in SDK)]
