"""Runs onto S3 that are killed at any of their requests: what test_kill.py asks of a disk. From
SPARKIFY_KILLS=300 on a run is killed at each of its requests."""

import functools
import random
import shutil

import pytest
from conftest import PROGRAM, REBUILD, play, write_input
from crash import IS_LONG, later, make_scenario, spread  # noqa: F401
from killed_runs import kill_at_request
from test_s3_etl import bucket, job, nothing_of_this_machine, proxy  # noqa: F401

pytest_plugins = ["s3_server"]

PARTS = 4
PROBE = "_sparkify/probe"  # which a lake on S3 has beside what one on a disk has
UPLOADS = ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"]


@pytest.fixture
def lake(later, job, proxy, s3, bucket, tmp_path):  # noqa: F811
    return LakeOnS3(later, job, proxy, s3, bucket, tmp_path / "lake")


class LakeOnS3:
    """A bucket with a lake of the input "old", and runs onto it by way of the proxy."""

    def __init__(self, *parts):
        self.later, self.job, self.proxy, self.s3, self.bucket, self.copy = parts
        self.renew()

    def renew(self):
        self.s3.clear(self.bucket)
        self.s3.upload(self.later.lake, self.bucket)

    def download(self):
        """A lake on the disk, to be looked at there."""
        shutil.rmtree(self.copy, ignore_errors=True)
        self.s3.download(self.bucket, self.copy)
        (self.copy / PROBE).unlink(missing_ok=True)
        return self.copy

    def run_killed(self, source, is_it, after, *options):
        command = [PROGRAM, "etl", "--endpoint", self.proxy.endpoint, *REBUILD, "--input", source]
        command += ["--bucket", self.bucket, "--quiet", *options]
        return kill_at_request(self.proxy, command, is_it, after, cwd=self.job.folder)

    def assert_mended(self, number):
        decided = self.later.assert_old_or_new(self.download())
        source = self.later.kind.after[number % len(self.later.kind.after)].source
        self.job.etl("--input", self.later.inputs.path(source), "--bucket", self.bucket)
        assert self.s3.unfinished_uploads(self.bucket) == []
        self.later.assert_mended(self.download(), decided, number)


def requests_of_a_run(lake):
    before = lake.proxy.total
    lake.job.etl("--input", lake.later.inputs.path("new"), "--bucket", lake.bucket)
    return lake.proxy.total - before


def has_number(number, request):
    return request.number == number


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_a_request(lake, part):
    total = requests_of_a_run(lake)
    points = [(number, after) for number in range(1, total + 1) for after in (False, True)]
    points = spread(points, 2 * total if IS_LONG else 8)
    for count, (number, after) in list(enumerate(points))[part::PARTS]:
        lake.renew()
        at = lake.proxy.total + number
        is_it = functools.partial(has_number, at)
        assert lake.run_killed(lake.later.inputs.path("new"), is_it, after)
        lake.assert_mended(count // PARTS)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Its songplays are too large for one request."""
    dice = random.Random(3)
    plays = [play(itemInSession=i, userAgent=dice.randbytes(500).hex()) for i in range(12_000)]
    return write_input(tmp_path_factory.mktemp("large"), plays=plays)


@pytest.mark.parametrize("kind", UPLOADS)
def test_killed_in_a_multipart_upload(lake, large, kind):
    for number, after in enumerate([False, True]):
        lake.renew()
        options = ("--compression", "none")
        assert lake.run_killed(large, lambda request: request.kind == kind, after, *options)
        lake.assert_mended(number)
