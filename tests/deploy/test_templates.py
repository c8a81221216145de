"""deploy/'s files are what those who read them take, and what they allow the program is what it needs."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from conftest import AIRFLOW, DEPLOY, LINTERS, PROGRAM, PROJECT, beside, call, etl, keys_of, log_files
from fault_proxy import FaultProxy

TEMPLATES = ["lambda/template.yaml", "ecs/template.yaml"]


def documents(need, path):
    """The YAML documents of a file; CloudFormation's tags are left away."""
    need(LINTERS)
    sys.path.append(str(LINTERS))
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    def plain(loader, _, node):
        kinds = {"mapping": loader.construct_mapping, "sequence": loader.construct_sequence}
        return kinds.get(node.id, loader.construct_scalar)(node, **({"deep": True} if node.id in kinds else {}))

    Loader.add_multi_constructor("!", plain)
    return list(yaml.load_all((DEPLOY / path).read_text(), Loader))


# ---- CloudFormation ---------------------------------------------------------------------------


@pytest.mark.parametrize("template", TEMPLATES)
def test_cfn_lint_finds_nothing(need, template):
    assert beside(need(LINTERS), "cfn-lint", DEPLOY / template) == ""


def test_cfn_lint_sees_what_is_wrong(need, tmp_path):
    text = (DEPLOY / TEMPLATES[0]).read_text()
    (tmp_path / "template.yaml").write_text(text.replace("provided.al2023", "cobol"))
    assert "cobol" in beside(need(LINTERS), "cfn-lint", tmp_path / "template.yaml", code=2)


ACTIONS = {  # which permission each operation needs (Amazon S3, "Required permissions for S3 API operations")
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
    "PutObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "DeleteObject": "s3:DeleteObject",
    "DeleteObjects": "s3:DeleteObject",
    "ListObjectsV2": "s3:ListBucket",
    "HeadBucket": "s3:ListBucket",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
}


@pytest.fixture(scope="module")
def used(server, workspace, tmp_path_factory):
    """What runs have used: a first one, one after a killed one with a new day, one with nothing to do."""
    source, lake = server.new_bucket("logs"), server.new_bucket("lake")
    server.client.upload(workspace, source)
    late = str(log_files(workspace)[-1].relative_to(workspace))
    body = server.client.get(source, late)
    server.client.delete(source, late)
    with FaultProxy(server.port) as reads, FaultProxy(server.port) as writes:

        def run():
            return etl(
                *("--incremental", "--input", f"s3://{source}", "--output", f"s3://{lake}"),
                *("--input-endpoint", reads.endpoint, "--output-endpoint", writes.endpoint),
                env=keys_of(server),
            )

        run()
        server.client.put(source, late, body)
        server.client.begin_upload(lake, "users/part-00000-20261123T141625Z-366a2a0b.zstd.parquet")
        assert run()["incremental"]["new_log_files"] == 1
        assert not run()["committed"]
        return {ACTIONS[kind] for kind in reads.requests}, {ACTIONS[kind] for kind in writes.requests}


@pytest.mark.parametrize("template, role", [*zip(TEMPLATES, ("FunctionRole", "TaskRole"))])
def test_policy_allows_what_runs_use_and_no_more(need, used, template, role):
    [document] = documents(need, template)
    [policy] = document["Resources"][role]["Properties"]["Policies"]
    statements = {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"]}
    allowed = {sid: set(each["Action"]) for sid, each in statements.items()}
    assert (allowed["ReadInput"], allowed["ListLake"] | allowed["WriteLake"]) == used
    assert "*" not in str([each["Action"] for each in statements.values()])
    for sid, bucket in (("ReadInput", "InputBucket"), ("ListLake", "OutputBucket"), ("WriteLake", "OutputBucket")):
        assert "${" + bucket + "}" in str(statements[sid]["Resource"])


# ---- Containers -------------------------------------------------------------------------------


def container_arguments(need, file):
    if file == "ecs/template.yaml":
        [document] = documents(need, file)
        [container] = document["Resources"]["Task"]["Properties"]["ContainerDefinitions"]
        assert container["ReadonlyRootFilesystem"] and container["User"] == "65532"
        return container["Command"]
    cron = documents(need, file)[-1]
    pod = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert cron["spec"]["concurrencyPolicy"] == "Forbid" and pod["securityContext"]["runAsNonRoot"]
    [container] = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    return container["args"]


@pytest.mark.parametrize("file", ["ecs/template.yaml", "kubernetes/cronjob.yaml"])
def test_arguments_run_where_nothing_can_be_written(need, server, workspace, tmp_path, file):
    """As the container does it: another user, no file that can be written, no home."""
    arguments = container_arguments(need, file)
    source, lake = server.new_bucket("logs"), server.new_bucket("lake")
    server.client.upload(workspace, source)
    env = keys_of(server) | {"AWS_ENDPOINT_URL_S3": server.endpoint}
    mounts = []
    if "--settings" in arguments:  # the ConfigMap
        [text] = next(each for each in documents(need, file) if each["kind"] == "ConfigMap")["data"].values()
        (tmp_path / "sparkify.yaml").write_text(text.replace("my-logs", source).replace("my-lake", lake))
        mounts = ["--ro-bind", tmp_path, "/mnt"]
        arguments = [each.replace("/etc/sparkify", "/mnt") for each in arguments]
    else:
        env |= {"SPARKIFY_INPUT": f"s3://{source}", "SPARKIFY_OUTPUT": f"s3://{lake}"}
    call(
        *(need("bwrap"), "--ro-bind", "/", "/", *mounts, "--proc", "/proc", "--dev", "/dev", "--chdir", "/"),
        *("--unshare-all", "--share-net", "--uid", "65532", "--gid", "65532", "--cap-drop", "ALL", "--die-with-parent"),
        *(PROGRAM, *arguments),
        env=env,
    )
    assert any(key.startswith("songplays/") for key in server.client.keys(lake))


@pytest.mark.parametrize("file", ["cronjob.yaml", "secret.yaml.example"])
def test_kubernetes_takes_it(need, file):
    said = beside(need(LINTERS), "kubernetes-validate", "--strict", DEPLOY / "kubernetes" / file)
    assert "passed" in said and "failed" not in said


def test_kubernetes_validate_sees_what_is_wrong(need, tmp_path):
    text = (DEPLOY / "kubernetes/cronjob.yaml").read_text().replace("concurrencyPolicy", "concurencyPolicy")
    (tmp_path / "cronjob.yaml").write_text(text)
    beside(need(LINTERS), "kubernetes-validate", "--strict", tmp_path / "cronjob.yaml", code=1)


# ---- systemd and cron -------------------------------------------------------------------------


@pytest.fixture
def units(need, tmp_path):
    """A root with the units and this machine's own, as systemd-analyze looks at one."""
    need("systemd-analyze")
    folder = tmp_path / "root/etc/systemd/system"
    folder.mkdir(parents=True)
    for name in ("sparkify.service", "sparkify.timer"):
        shutil.copy(DEPLOY / "systemd" / name, folder)
    (tmp_path / "root/usr/bin").mkdir(parents=True)
    shutil.copy(PROGRAM, tmp_path / "root/usr/bin/sparkify")
    shutil.copytree("/usr/lib/systemd/system", tmp_path / "root/usr/lib/systemd/system", symlinks=True)
    return folder


def verify(units):
    names = ("sparkify.service", "sparkify.timer")
    return call("systemd-analyze", "verify", "--man=no", f"--root={units.parents[2]}", *names)


def test_systemd_takes_the_units(units):
    assert verify(units) == ""
    service = (units / "sparkify.service").read_text()
    (units / "sparkify.service").write_text(service.replace("DynamicUser", "DynamicUsr"))
    assert "DynamicUsr" in verify(units)  # the check sees


def test_service_is_hardened(units):
    call("systemd-analyze", "security", "--offline=yes", "--threshold=20", units / "sparkify.service")


def allowed_calls(name, seen):
    """The system calls of a set, as systemd-analyze lists it."""
    for line in call("systemd-analyze", "syscall-filter", name).splitlines()[1:]:
        word = line.strip()
        if word.startswith("@"):
            allowed_calls(word, seen)
        elif word and not word.startswith("#"):
            seen.add(word)
    return seen


def test_service_may_call_what_runs_call(need, server, workspace, tmp_path):
    """The service's SystemCallFilter against the calls of a run on a disk, an increment, and a run in S3."""
    need("systemd-analyze")
    filters = [line for line in (DEPLOY / "systemd/sparkify.service").read_text().splitlines() if "CallFilter=" in line]
    assert filters == ["SystemCallFilter=@system-service", "SystemCallFilter=~@privileged"]
    allowed = allowed_calls("@system-service", set()) - allowed_calls("@privileged", set())
    lake = server.new_bucket("lake")
    env = keys_of(server) | {"AWS_ENDPOINT_URL_S3": server.endpoint}
    for output, options in ((tmp_path / "lake", []), (tmp_path / "lake", ["--incremental"]), (f"s3://{lake}", [])):
        trace = tmp_path / "trace"
        call(
            *(need("strace"), "-f", "-qq", "-e", "signal=none", "-o", trace),
            *(PROGRAM, "etl", "--input", workspace, "--output", output, "--quiet", *options),
            env=env,
        )
        used = set(re.findall(r"^\d+ +(\w+)\(", trace.read_text(errors="replace"), re.MULTILINE))
        assert {"openat", "execve"} <= used
        assert used - allowed == set()


def test_cron_line_runs(server, workspace, tmp_path):
    *_, line = (DEPLOY / "systemd/sparkify.cron").read_text().splitlines()
    *when, user, program, arguments = line.split(None, 7)
    assert len(when) == 5 and when[0].isdigit() and when[1:] == ["*"] * 4 and user == "sparkify"
    service = (DEPLOY / "systemd/sparkify.service").read_text()
    assert f"\nExecStart={program} {arguments}\n" in service  # the same job
    settings = tmp_path / "sparkify.yaml"
    settings.write_text(f"profiles:\n  a:\n    input: {workspace}\n    output: {tmp_path}/lake\nuse: a\n")
    command = f"{shlex.quote(str(PROGRAM))} {arguments}".replace("/etc/sparkify/sparkify.yaml", str(settings))
    assert call("/bin/sh", "-c", command, cwd=tmp_path) == ""
    assert (tmp_path / "lake/songplays").is_dir()


# ---- GitHub -----------------------------------------------------------------------------------


@pytest.mark.parametrize("workflow", ["deploy/github/sparkify.yml", ".github/workflows/ci.yml"])
def test_actionlint_finds_nothing(need, workflow):
    assert call(need(PROJECT / "build/tools/actionlint"), "-no-color", PROJECT / workflow) == ""


@pytest.mark.parametrize("goes_well", [True, False])
def test_steps_of_the_workflow_run(need, workspace, tmp_path, goes_well):
    """Each `run` as GitHub's runner starts it, with the values of its `env` in the place of the variables."""
    [workflow] = documents(need, "github/sparkify.yml")
    values = {
        "SPARKIFY_URL": f"file://{PROGRAM}",
        "SPARKIFY_SHA256": call("sha256sum", PROGRAM).split()[0],
        "SPARKIFY_INPUT": str(workspace if goes_well else tmp_path / "none"),
        "SPARKIFY_OUTPUT": str(tmp_path / "lake"),
    }
    codes = []
    for step in (each for each in workflow["jobs"]["etl"]["steps"] if "run" in each):
        env = {name: values[value[len("${{ vars.") : -len(" }}")]] for name, value in step["env"].items()}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), **env},
            timeout=60,
        )
        codes.append(done.returncode)
        if done.returncode:
            break
    assert workflow["defaults"]["run"]["shell"] == "bash"
    assert codes == ([0, 0, 0] if goes_well else [0, 1])
    assert not goes_well or "rows now: songs" in (tmp_path / "summary").read_text()


# ---- Airflow ----------------------------------------------------------------------------------


def test_airflow_runs_the_dags(need, workspace, tmp_path):
    """Airflow itself takes the file in, and runs a run and a check of the lake, and a run that fails."""
    env = {
        "AIRFLOW_HOME": str(tmp_path / "home"),
        "HOME": str(tmp_path),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(DEPLOY / "airflow"),
        "AIRFLOW_VAR_SPARKIFY_INPUT": str(workspace),
        "AIRFLOW_VAR_SPARKIFY_OUTPUT": str(tmp_path / "lake"),
        "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}",
    }

    def airflow(*arguments, code=0, **more):
        return beside(need(AIRFLOW), "airflow", *arguments, code=code, env=env | more)

    airflow("db", "migrate")
    assert "No data found" in airflow("dags", "list-import-errors", "--local")
    for dag in ("sparkify", "sparkify_check"):
        assert "state=success" in airflow("dags", "test", dag)
    assert (tmp_path / "lake/songplays").is_dir()
    said = airflow("tasks", "test", "sparkify", "etl", AIRFLOW_VAR_SPARKIFY_INPUT=str(tmp_path / "none"))
    assert "non-zero exit code 1" in said
