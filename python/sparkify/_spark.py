"""The Spark Connect address of a session of pyspark's."""

from __future__ import annotations

import urllib.parse
from typing import Any

from ._errors import UsageError

_PLUGIN = "org.apache.spark.sql.connect.SparkConnectPlugin"
_PORT = "15002"
_OF_THE_SESSION = ("session_id", "user_agent")  # the run has a session of its own


def spark_address(spark: Any) -> str:
    """The address that ``spark`` names: itself, or that of the server that a session talks to.

    Raises:
        UsageError: a classic session, whose cluster has no Spark Connect; or no session at all.
    """
    if isinstance(spark, str):
        return spark
    kind = type(spark)
    if not (kind.__module__.startswith("pyspark.") and kind.__name__ == "SparkSession"):
        raise UsageError(f"spark: {spark!r} is no session of Spark's", "give a SparkSession, or sc://host:15002")
    builder = getattr(getattr(spark, "_client", None), "_builder", None)
    if builder is None:
        return _of_classic(spark)
    return _of_connect(builder)


def _of_connect(builder: Any) -> str:
    url = getattr(builder, "url", None)
    if not isinstance(url, urllib.parse.ParseResult):
        raise UsageError(
            "spark: the session's server is reached in a way of its own", "give its address: sc://host:15002"
        )
    kept = [p for p in url.params.split(";") if p and p.partition("=")[0] not in _OF_THE_SESSION]
    token = getattr(builder, "token", None)
    if token and not any(p.startswith("token=") for p in kept):
        kept.append(f"token={urllib.parse.quote(token, safe='')}")
    address = f"sc://{_host_and_port(url, builder)}"
    return f"{address}/;{';'.join(kept)}" if kept else address


def _host_and_port(url: urllib.parse.ParseResult, builder: Any) -> str:
    port = url.port or getattr(builder, "_port", None) or _PORT
    host = url.hostname or ""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _of_classic(spark: Any) -> str:
    """A session with a JVM in this process: its driver may serve Spark Connect, too."""
    conf = spark.conf
    if _PLUGIN not in (conf.get("spark.plugins", "") or ""):
        raise UsageError(
            "spark: this is a classic session, and its cluster has no Spark Connect, by which sparkify reaches it",
            f"make the session with SparkSession.builder.remote('sc://host:{_PORT}'), or start the classic one with "
            f"spark.plugins={_PLUGIN}",
        )
    host = conf.get("spark.connect.grpc.binding.address", None) or conf.get("spark.driver.host", None) or "localhost"
    return f"sc://{host}:{conf.get('spark.connect.grpc.binding.port', None) or _PORT}"
