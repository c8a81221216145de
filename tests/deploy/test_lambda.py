"""deploy/lambda against AWS's own runtime emulator, with a local S3 server in the place of S3."""

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import time

import pytest
from conftest import DEPLOY, PROGRAM, PROJECT, STATIC, VERSION, call, keys_of, log_files
from s3_server import free_port

EMULATOR = PROJECT / "build/tools/aws-lambda-rie"
ARRIVAL = {  # as EventBridge sends it
    "version": "0",
    "source": "aws.s3",
    "detail-type": "Object Created",
    "detail": {"bucket": {"name": "logs"}, "object": {"key": "log_data/2018/11/2018-11-03-events.json"}},
}
SCHEDULED = {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


class Function:
    """The emulator with the function's folder, as the zip is unpacked into /var/task."""

    def __init__(self, emulator, folder, variables):
        self.port = free_port()
        api = free_port()
        task = folder / "task"
        task.mkdir()
        shutil.copy(DEPLOY / "lambda/bootstrap", task)
        shutil.copy(STATIC if STATIC.exists() else PROGRAM, task / "sparkify")
        self.log = folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [
                    *(emulator, "--log-level", "error"),
                    *("--runtime-api-address", f"127.0.0.1:{api}"),
                    *("--runtime-interface-emulator-address", f"127.0.0.1:{self.port}"),
                    task / "bootstrap",
                ],
                cwd=task,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={
                    "PATH": os.environ["PATH"],
                    "TMPDIR": str(folder),
                    "LAMBDA_TASK_ROOT": str(task),
                    "AWS_LAMBDA_FUNCTION_TIMEOUT": "60",
                    **variables,
                },
                start_new_session=True,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, 15)
        self.process.wait(20)

    def invoke(self, event):
        """What the function answers; the emulator begins to listen a moment after its start."""
        deadline = time.monotonic() + 20
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                connection.request("POST", "/2015-03-31/functions/function/invocations", json.dumps(event))
                return json.loads(connection.getresponse().read())
            except ConnectionRefusedError:
                assert time.monotonic() < deadline and self.process.poll() is None, self.log.read_text()
                time.sleep(0.05)
            finally:
                connection.close()


@pytest.fixture
def function(need, server, tmp_path):
    emulator = need(EMULATOR)
    need("curl")

    def start(source, lake, **variables):
        return Function(
            emulator,
            tmp_path,
            keys_of(server)
            | {
                "AWS_ENDPOINT_URL_S3": server.endpoint,
                "SPARKIFY_INPUT": f"s3://{source}",
                "SPARKIFY_OUTPUT": f"s3://{lake}",
                "SPARKIFY_INCREMENTAL": "1",
            }
            | variables,
        )

    return start


def test_days_as_they_arrive(function, server, workspace):
    source, lake = server.new_bucket("logs"), server.new_bucket("lake")
    *first, last = log_files(workspace)
    for path in [*first, *(workspace / "song_data").rglob("*.json")]:
        server.client.put(source, str(path.relative_to(workspace)), path.read_bytes())
    with function(source, lake) as running:
        done = running.invoke(SCHEDULED)
        assert done["status"] == "ok" and done["incremental"]["new_log_files"] == len(first)
        server.client.put(source, str(last.relative_to(workspace)), last.read_bytes())
        done = running.invoke(ARRIVAL)
        assert done["committed"] and done["incremental"]["new_log_files"] == 1
        assert done["incremental"]["full_because"] is None
        done = running.invoke(ARRIVAL)  # EventBridge delivers at least once
        assert done["status"] == "ok" and not done["committed"]
    env = keys_of(server) | {"AWS_ENDPOINT_URL_S3": server.endpoint}
    assert json.loads(call(PROGRAM, "check", f"s3://{lake}", "--json", "--quiet", env=env))["status"] == "ok"


def test_failure_is_told_and_the_next_event_runs(function, server, workspace):
    source, lake = server.new_bucket("logs"), server.new_bucket("lake")
    with function(source, lake) as running:
        failed = running.invoke(SCHEDULED)
        assert failed["errorType"] == "sparkify.exit1"
        assert failed["errorMessage"].startswith("sparkify: ") and source in failed["errorMessage"]
        server.client.upload(workspace, source)
        assert running.invoke(SCHEDULED)["status"] == "ok"
        assert failed["errorMessage"] in running.log.read_text()  # for CloudWatch


def test_arguments_of_the_command_line(function, server, workspace):
    source, lake = server.new_bucket("logs"), server.new_bucket("lake")
    server.client.upload(workspace, source)
    gone = str(log_files(workspace)[0].relative_to(workspace))
    with function(source, lake, ARGUMENTS="--missing-logs keep --max-rejects 5") as running:
        assert running.invoke(SCHEDULED)["status"] == "ok"
        server.client.delete(source, gone)
        assert running.invoke(SCHEDULED)["sources"]["logs"]["gone"] == 1


@pytest.mark.parametrize("said", ['a "quoted" \\ word', "tab\there", "ünïcode"])
def test_any_message_is_json(function, server, tmp_path, said):
    with function("a", "b") as running:
        task = tmp_path / "task/sparkify"
        text = said.replace("\\", "\\\\\\\\").replace('"', '\\"')
        task.unlink()
        task.write_text(f'#!/bin/sh\nprintf "sparkify: warning: first\\nsparkify: {text}\\n  hint\\n" >&2; exit 3\n')
        task.chmod(0o755)
        failed = running.invoke(SCHEDULED)
    assert failed == {"errorType": "sparkify.exit3", "errorMessage": f"sparkify: {said}".replace("\t", " ")}


def test_zip_is_the_same_twice(need, tmp_path):
    for name in ("a", "b"):
        call(DEPLOY / "lambda/pack.py", PROGRAM, PROJECT / "LICENSE", tmp_path / f"{name}.zip", env={})
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    unzip = need("unzip")
    call(unzip, "-q", tmp_path / "a.zip", "-d", tmp_path / "task")
    assert VERSION in call(tmp_path / "task/sparkify", "--version")
    assert (tmp_path / "task/bootstrap").read_bytes() == (DEPLOY / "lambda/bootstrap").read_bytes()
    assert os.access(tmp_path / "task/bootstrap", os.X_OK)


BASE = "scratch\nENV LAMBDA_RUNTIME_DIR=/var/runtime LAMBDA_TASK_ROOT=/var/task"  # what the base image sets


def test_dockerfile(need, tmp_path):
    """Its instructions, on an empty base in the place of Amazon's, which cannot be had offline."""
    need("buildah")
    if os.geteuid():
        pytest.skip("only root builds images with chroot")
    (tmp_path / "deploy/lambda").mkdir(parents=True)
    shutil.copy(DEPLOY / "lambda/bootstrap", tmp_path / "deploy/lambda")
    (tmp_path / "dist").mkdir()
    shutil.copy(PROGRAM, tmp_path / "dist/sparkify-1-x86_64-linux")
    (tmp_path / "dist/THIRD-PARTY-LICENSES").write_text("licenses")
    dockerfile = (DEPLOY / "lambda/Dockerfile").read_text()
    (tmp_path / "Dockerfile").write_text(dockerfile.replace("public.ecr.aws/lambda/provided:al2023", BASE))
    storage = ("buildah", "--storage-driver", "vfs", "--root", tmp_path / "root", "--runroot", tmp_path / "run")
    build = ("--isolation", "chroot", "--quiet", "--build-arg", "PROGRAM=sparkify-1-x86_64-linux", "--tag", "function")
    call(*storage, "build", "--file", tmp_path / "Dockerfile", *build, tmp_path)
    call(*storage, "push", "--quiet", "function", f"oci:{tmp_path}/oci:function")
    call(need("umoci"), "unpack", "--rootless", "--image", f"{tmp_path}/oci:function", tmp_path / "bundle")
    root = tmp_path / "bundle/rootfs"
    assert sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()) == [
        "var/runtime/bootstrap",
        "var/task/THIRD-PARTY-LICENSES",
        "var/task/sparkify",
    ]
    assert os.access(root / "var/runtime/bootstrap", os.X_OK) and os.access(root / "var/task/sparkify", os.X_OK)
    assert VERSION in call(root / "var/task/sparkify", "--version")
