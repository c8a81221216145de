"""Runs of the three models that are killed, by the native engine: those that test_kill*.py and test_models_etl.py do
not kill, and those in place of another model's lake."""

import pytest
from example_models import MODELS, Example
from fault_proxy import FaultProxy
from killed_runs import (
    DECIDED,
    FIRST_FILE,
    HALF_OF_THE_LOGS,
    READING,
    UNDECIDED,
    InS3,
    OnDisk,
    assert_killed,
    increment,
    rebuild,
)

pytest_plugins = ["s3_server"]


@pytest.fixture(scope="module", params=MODELS)
def example(request, tmp_path_factory):
    return Example(request.param, tmp_path_factory.mktemp(request.param))


def test_rebuild_killed(example, tmp_path):
    moments = (FIRST_FILE, UNDECIDED, DECIDED, HALF_OF_THE_LOGS)
    assert_killed(example, rebuild, OnDisk(example, tmp_path), moments)


@pytest.mark.parametrize("kind", [increment, rebuild])
def test_killed_in_s3(example, kind, server, tmp_path):
    with FaultProxy(server.port) as proxy:
        place = InS3(example, tmp_path, server, proxy)
        moments = (READING, FIRST_FILE, UNDECIDED, DECIDED, HALF_OF_THE_LOGS)
        assert_killed(example, kind, place, moments)
