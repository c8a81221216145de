"""etl(spark=…): the address of a session's server."""

import socket

import pytest

import sparkify
from sparkify import SparkifyError, UsageError
from sparkify._spark import spark_address


def session(module="pyspark.sql.connect.session", **members):
    kind = type("SparkSession", (), {"__module__": module})
    made = kind()
    vars(made).update(members)
    return made


@pytest.fixture
def connect_session():
    """Makes a session of pyspark's own class, with its own client's settings, that has not connected."""
    core = pytest.importorskip("pyspark.sql.connect.client.core")

    def make(url):
        client = type("Client", (), {"_builder": core.DefaultChannelBuilder(url)})()
        return session(_client=client)

    return make


@pytest.mark.parametrize(
    "url, address",
    [
        ("sc://spark.example.com", "sc://spark.example.com:15002"),
        ("sc://10.0.0.1:15004/", "sc://10.0.0.1:15004"),
        ("sc://[::1]:15003", "sc://[::1]:15003"),
        ("sc://h:1/;use_ssl=true;token=a%2Fb", "sc://h:1/;use_ssl=true;token=a%2Fb"),
        ("sc://h:1/;user_id=anna;session_id=6f3e0d3e-6f0e-4b7a-a9a3-0c1f0e7f6a11", "sc://h:1/;user_id=anna"),
    ],
)
def test_connect_session(connect_session, url, address):
    assert spark_address(connect_session(url)) == address


def test_token_of_the_environment(connect_session, monkeypatch):
    made = connect_session("sc://h:1")
    monkeypatch.setenv("SPARK_CONNECT_AUTHENTICATE_TOKEN", "a b")
    assert spark_address(made) == "sc://h:1/;token=a%20b"


def test_run_asks_the_server_of_the_session(connect_session, workspace, tmp_path):
    with socket.socket() as unused:  # bound, and not listening: a port where nothing answers
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(SparkifyError, match=f"127.0.0.1:{port}") as raised:
            sparkify.etl(workspace, tmp_path / "lake", spark=connect_session(f"sc://127.0.0.1:{port}"))
    assert "Spark Connect server" in raised.value.hint


def test_address_as_it_is():
    assert spark_address("sc://h:15002/;token=x") == "sc://h:15002/;token=x"


class Conf(dict):
    pass


@pytest.mark.parametrize(
    "conf, address",
    [
        ({"spark.driver.host": "10.1.1.1"}, "sc://10.1.1.1:15002"),
        ({"spark.connect.grpc.binding.port": "15999"}, "sc://localhost:15999"),
        ({"spark.connect.grpc.binding.address": "h", "spark.connect.grpc.binding.port": "1"}, "sc://h:1"),
    ],
)
def test_classic_session_that_serves_connect(conf, address):
    plugins = {"spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin"}
    assert spark_address(session("pyspark.sql.session", conf=Conf(conf | plugins))) == address


def test_classic_session_without_connect():
    with pytest.raises(UsageError, match="classic session") as raised:
        spark_address(session("pyspark.sql.session", conf=Conf()))
    assert "remote('sc://host:15002')" in raised.value.hint and "SparkConnectPlugin" in raised.value.hint


@pytest.mark.parametrize("other", [15002, object(), None])
def test_no_session(other):
    with pytest.raises(UsageError, match="no session"):
        spark_address(other)


def test_unknown_client():
    client = type("Client", (), {"_builder": object()})()
    with pytest.raises(UsageError, match="a way of its own"):
        spark_address(session(_client=client))
