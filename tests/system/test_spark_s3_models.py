"""The three models on Spark, from S3 to S3, also killed."""

import pytest
from example_models import MODELS, Example
from fault_proxy import FaultProxy
from killed_runs import DECIDED, FIRST_FILE, READING, InS3, assert_killed, increment, load, rebuild, short_of

pytest_plugins = ["s3_server", "spark_s3a"]


@pytest.fixture(scope="module", params=MODELS)
def example(request, tmp_path_factory):
    return Example(request.param, tmp_path_factory.mktemp(request.param))


def test_day_by_day(cluster, example, server, tmp_path):
    """On two days, of which the second is an increment."""
    place, engine = InS3(example, tmp_path, server, server), ("--engine", "spark", "--spark", cluster.address)
    options = increment(example, place, *engine)
    assert not load(place, *options, *engine)["incremental"]["full_because"]
    example.assert_exact(place.copy())


ALL = (READING, FIRST_FILE, DECIDED)
KILLED = [
    *((model, increment, short_of(ALL, moment)) for model, moment in zip(MODELS, ALL, strict=True)),
    (MODELS[-1], rebuild, (DECIDED,)),
]


@pytest.mark.parametrize(("example", "kind", "moments"), KILLED, indirect=["example"])
def test_killed(cluster, example, kind, moments, server, tmp_path):
    with FaultProxy(server.port) as proxy:
        place = InS3(example, tmp_path, server, proxy)
        assert_killed(example, kind, place, moments, "--engine", "spark", "--spark", cluster.address)
