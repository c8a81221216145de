"""Input and output in two stores, each with an address, keys and ways of its own, in one run."""

import os
import shutil

import pytest
from conftest import run, write_input
from s3_server import Server, need_versitygw
from test_s3_etl import nothing_of_this_machine, without_run  # noqa: F401 (one applies itself)

pytest_plugins = ["s3_server"]


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """The store of the input: other keys, another port, another region."""
    need_versitygw()
    with Server(tmp_path_factory.mktemp("other"), region="eu-west-3") as running:
        yield running


class Case:
    def __init__(self, folder, server, other):
        self.folder, self.server, self.other = folder, server, other
        self.input = f"s3://{other.new_bucket('input')}"
        self.bucket = server.new_bucket()
        write_input(folder / "in")
        other.client.upload(folder / "in", self.input.removeprefix("s3://"))
        done = run("etl", folder / "plain", "--input", folder / "in", "--json")
        assert done.code == 0, done.err
        self.expected = without_run(folder / "plain")

    def check(self, *options, config="", env=None):
        """A run that must go well, and then doctor; the tables are those of a run on a disk."""
        (self.folder / "dl.cfg").write_text(config)
        (self.folder / "dl.cfg").chmod(0o600)
        args = ("--input", self.input, "--bucket", self.bucket, *options)
        done = run("etl", *args, "--json", cwd=self.folder, env=env)
        assert done.code == 0, done.err
        shutil.rmtree(self.folder / "found", ignore_errors=True)
        found = self.server.client.download(self.bucket, self.folder / "found")
        assert without_run(found) == self.expected
        examined = run("doctor", *args, cwd=self.folder, env=env)
        assert examined.code == 0, examined.out
        for secret in (self.server.secret_key, self.other.secret_key):
            assert secret not in done.out + done.err + examined.out + examined.err
        return examined.out


@pytest.fixture
def case(tmp_path, server, other):
    return Case(tmp_path, server, other)


def keys(server):
    return f"AWS_ACCESS_KEY_ID={server.access_key}\nAWS_SECRET_ACCESS_KEY={server.secret_key}\n"


def test_options(case, tmp_path):
    aws = tmp_path / "home/.aws"
    aws.mkdir(parents=True)
    names = (("from", case.other), ("to", case.server))
    text = "".join(f"[{name}]\n{keys(server).lower()}" for name, server in names)
    for _name, server in names:
        text = text.replace(server.access_key.lower(), server.access_key)
        text = text.replace(server.secret_key.lower(), server.secret_key)
    (aws / "credentials").write_text(text)
    examined = case.check(
        *("--input-endpoint", case.other.endpoint, "--input-region", "eu-west-3"),
        *("--input-profile", "from", "--output-profile", "to"),
        *("--endpoint", case.server.endpoint),
    )
    assert "keys of the input" in examined and "keys of the output" in examined
    assert f"{case.other.endpoint}, region eu-west-3" in examined
    assert f"{case.server.endpoint}, region us-east-1" in examined


def test_sections(case):
    more = f"ENDPOINT={case.other.endpoint}\nREGION=eu-west-3\n"
    examined = case.check(
        config=f"[INPUT]\n{keys(case.other)}{more}"
        f"[AWS]\n{keys(case.server)}ENDPOINT={case.server.endpoint}\n"
    )
    assert "(INPUT)" in examined


def test_public_input(case):
    """The bucket of others needs no keys, and gets none."""
    case.other.client.make_public(case.input.removeprefix("s3://"))
    config = f"[AWS]\n{keys(case.server)}ENDPOINT={case.server.endpoint}\n[INPUT]\nENDPOINT=aws\n"
    option = ("--input-endpoint", case.other.endpoint)
    examined = case.check(*option, "--input-no-sign-request", config=config)
    assert "none are used" in examined
    case.check(*option, config=f"{config}NO_SIGN_REQUEST=yes\n")


def test_lake_of_its_own_section(case):
    """A command that takes a lake finds it where the output is."""
    out = f"[OUTPUT]\n{keys(case.server)}ENDPOINT={case.server.endpoint}\n"
    both = f"[AWS]\n{keys(case.other)}ENDPOINT={case.other.endpoint}\nREGION=eu-west-3\n"
    case.check(config=f"{out}REGION=us-east-1\n{both}")
    for command in ("check", "history", "vacuum"):
        done = run(command, "--bucket", case.bucket, cwd=case.folder)
        assert done.code == 0, done.err


def test_wrong_use(tmp_path):
    for options in (
        ["--input-profile", "a", "--input-no-sign-request"],
        ["--output-profile", "a", "--output-no-sign-request"],
        ["--profile", "a", "--no-sign-request"],
    ):
        done = run("etl", "--input", "s3://input", "--bucket", "lake", *options, cwd=tmp_path)
        assert done.code == 2 and all(option in done.err for option in options if option[0] == "-")
    for options in (["--input-region", "x"], ["--output-endpoint", "http://127.0.0.1:1"]):
        done = run("etl", "--input", "in", "--output", "out", *options, cwd=tmp_path)
        assert done.code == 2 and "in S3" in done.err
    assert os.listdir(tmp_path) == []


def test_verbose_shows_no_secret(tmp_path):
    """What is told of addresses is without the keys and tokens in them."""
    for options in (
        ["--input", "s3n://KEY:HIDDEN@input", "--output", "out"],
        ["--input", "in", "--output", "s3n://KEY:HIDDEN@lake"],
        ["--input", "https://me:HIDDEN@host/x", "--output", "out", "--input-region", "x"],
        ["--input", "in", "--output", "out", "--engine", "spark", "--spark", "sc://127.0.0.1:1/;token=HIDDEN"],
    ):
        done = run("etl", *options, "--verbose", cwd=tmp_path)
        assert done.code != 0 and done.err
        assert "HIDDEN" not in done.out + done.err
