"""Keys that come by a role, by SSO or from a program, and what is told of where they go."""

import functools
import hmac
import http.server
import json
import subprocess
import threading
import time
from urllib.parse import parse_qs

import pytest
from conftest import run, write_input
from s3_server import sha256
from test_s3_etl import Job, nothing_of_this_machine, write_config  # noqa: F401 (it applies itself)

pytest_plugins = ["s3_server"]

BASE = ("AKIDOFTHEBASEKEYS001", "SecretOfTheBaseKeys/+0123456789abcdefghi")


# ---- A service for keys -------------------------------------------------------------------------


def signature(secret, headers, date, region, service, method, path, body):
    """AWS Signature Version 4 of a request without a query, all of whose `headers` are signed."""
    names = ";".join(sorted(headers))
    lines = [method, path, "", *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names]
    canonical = "\n".join([*lines, sha256(body)])
    scope = f"{date[:8]}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{sha256(canonical.encode())}"
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


class Services(http.server.BaseHTTPRequestHandler):
    """STS, for whoever signs with BASE, and SSO's portal; the keys are those of the server."""

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def is_signed(self, body):
        kind, _, rest = self.headers["Authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        access_key, date, region, service, _ = parts["Credential"].split("/")
        headers = {name: self.headers[name] for name in parts["SignedHeaders"].split(";")}
        good = signature(
            BASE[1], headers, headers["x-amz-date"], region, service, "POST", self.path, body
        )
        assert (kind, service) == ("AWS4-HMAC-SHA256", "sts") and {"host", "x-amz-date"} <= set(headers)
        return access_key == BASE[0] and hmac.compare_digest(good, parts["Signature"])

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = {name: value for name, (value,) in parse_qs(body.decode()).items()}
        self.server.asked.append(form)
        if not self.is_signed(body):
            self.answer(403, "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>")
            return
        access_key, secret_key = self.server.keys
        expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.server.lasts_s))
        keys = f"<AccessKeyId>{access_key}</AccessKeyId><SecretAccessKey>{secret_key}</SecretAccessKey>"
        keys += f"<Expiration>{expires}</Expiration>"
        self.answer(
            200,
            f"<AssumeRoleResponse><AssumeRoleResult><Credentials>{keys}</Credentials>"
            "</AssumeRoleResult></AssumeRoleResponse>",
        )

    def do_GET(self):
        self.server.asked.append({"path": self.path})
        if self.headers["x-amz-sso_bearer_token"] != "TheTokenOfSSO":
            self.answer(401, '{"message": "Session token not found or invalid"}')
            return
        access_key, secret_key = self.server.keys
        keys = {"accessKeyId": access_key, "secretAccessKey": secret_key, "expiration": 4 * 10**12}
        self.answer(200, json.dumps({"roleCredentials": keys}))


@pytest.fixture
def services(server, monkeypatch):
    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Services)
    running.daemon_threads = True
    running.keys = (server.access_key, server.secret_key)
    running.lasts_s = 3600
    running.asked = []
    threading.Thread(target=running.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{running.server_address[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", url)
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def job(tmp_path, server):
    """A job whose folder has no dl.cfg: keys come from the profiles of its home."""
    (tmp_path / "job").mkdir()
    (tmp_path / "home/.aws/sso/cache").mkdir(parents=True)
    job = Job(tmp_path / "job", server)
    (job.folder / "dl.cfg").unlink()
    job.secrets += [BASE[1], "TheTokenOfSSO"]
    job.aws = tmp_path / "home/.aws"
    return job


@pytest.fixture(scope="module")
def source(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    write_input(folder / "in")
    bucket = server.new_bucket("input")
    server.client.upload(folder / "in", bucket)
    return f"s3://{bucket}"


@pytest.fixture
def bucket(server):
    return server.new_bucket()


def profiles(job, config, credentials=""):
    (job.aws / "config").write_text(config)
    (job.aws / "credentials").write_text(credentials)


BASE_PROFILE = f"[base]\naws_access_key_id = {BASE[0]}\naws_secret_access_key = {BASE[1]}\n"


# ---- The ways of a profile ----------------------------------------------------------------------


def test_role(job, services, source, bucket):
    """The other side checks the signature of the request for the role."""
    role = "[profile work]\nrole_arn = arn:aws:iam::1:role/etl\nsource_profile = base\n"
    profiles(job, f"{role}external_id = x y\nregion = us-east-1\n", BASE_PROFILE)
    job.etl("--input", source, "--bucket", bucket, "--profile", "work")
    (form,) = services.asked  # once for both stores
    assert form["Action"] == "AssumeRole"
    assert (form["RoleArn"], form["ExternalId"]) == ("arn:aws:iam::1:role/etl", "x y")


def test_role_is_renewed(job, services, source, bucket):
    """Keys that run out in less than the five minutes before which they are renewed."""
    services.lasts_s = 60
    profiles(job, "[profile work]\nrole_arn = r\nsource_profile = base\n", BASE_PROFILE)
    job.etl("--input", source, "--bucket", bucket, env={"AWS_PROFILE": "work"})


def test_role_that_is_refused(job, services, source, bucket):
    other = BASE_PROFILE.replace(BASE[1], "AnotherSecret")
    profiles(job, "[profile work]\nrole_arn = r\nsource_profile = base\n", other)
    text = job.refused(bucket, "--input", source, "--profile", "work")
    assert "refuses the role: SignatureDoesNotMatch" in text


def test_sso(job, services, source, bucket):
    profiles(
        job,
        "[sso-session my]\nsso_start_url = https://start.example/\nsso_region = us-east-1\n"
        "[profile work]\nsso_session = my\nsso_account_id = 123\nsso_role_name = Admin\n",
    )
    text = job.refused(bucket, "--input", source, "--profile", "work")
    assert "no one has logged in" in text and "aws sso login --profile work" in text
    cache = job.aws / "sso/cache/3ece1471f44f63177cbc35ba0b904e0c096b6783.json"  # SHA-1 of "my"
    cache.write_text('{"accessToken": "TheTokenOfSSO", "expiresAt": "2099-01-01T00:00:00Z"}')
    job.etl("--input", source, "--bucket", bucket, "--profile", "work")
    assert {"path": "/federation/credentials?role_name=Admin&account_id=123"} in services.asked
    cache.write_text('{"accessToken": "AnOldToken", "expiresAt": "2099-01-01T00:00:00Z"}')
    assert "the login has run out" in job.refused(bucket, "--input", source, "--profile", "work")


def test_program(job, server, source, bucket):
    keys = {"Version": 1, "AccessKeyId": server.access_key, "SecretAccessKey": server.secret_key}
    (job.folder / "keys.json").write_text(json.dumps(keys))
    program = f"echo >> '{job.folder}/runs'; cat '{job.folder}/keys.json'"
    profiles(job, f"[default]\ncredential_process = {program}\n")
    job.etl("--input", source, "--bucket", bucket)
    assert (job.folder / "runs").read_text() == "\n", "once for both stores"
    found = run("doctor", "--endpoint", job.endpoint, "--bucket", bucket, cwd=job.folder)
    assert "profile default: key …" in found.out and "credential_process" in found.out


def test_certificates_of_a_profile(job, source, bucket):
    profiles(job, "[default]\nca_bundle = /none/of.pem\n")
    assert "/none/of.pem" in job.refused(bucket, "--input", source)


def test_keys_that_cannot_be_read_are_skipped(job, server, source, bucket):
    (job.aws / "config").mkdir()
    env = {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
    job.etl("--input", source, "--bucket", bucket, env=env)


# ---- What is told -------------------------------------------------------------------------------


def plain(server):
    """An address that leads to this machine, but is not known for it."""
    return server.endpoint.replace("127.0.0.1", "0.0.0.0")


def test_store_without_encryption(job, server, source, bucket):
    job.configure()
    job.endpoint = plain(server)
    done = job.run("--input", source, "--bucket", bucket)
    assert done.code == 0
    assert done.err.count("is not encrypted") == 1, "once, though input and output are there"
    done = job.run("--input", source, "--output", "out", "--dry-run", "--no-sign-request")
    assert "encrypted" not in done.err


def test_endpoint_that_only_dl_cfg_names(job, server, source, bucket):
    job.configure(more=f"ENDPOINT={server.endpoint}\n")
    args = ("etl", "--input", source, "--bucket", bucket)
    told = f"signed with your keys go to {server.endpoint}"
    done = run(*args, cwd=job.folder)
    assert done.code == 0 and done.err.count(told) == 1
    assert run(*args, "--endpoint", server.endpoint, cwd=job.folder).err == ""
    assert run(*args, cwd=job.folder, env={"AWS_ENDPOINT_URL": server.endpoint}).err == ""


# ---- dl.cfg and git -----------------------------------------------------------------------------


def test_dl_cfg_that_git_tracks_is_told_by_doctor_alone(job, source, bucket):
    """And nothing of the repository is run."""
    job.configure()
    git = functools.partial(subprocess.run, cwd=job.folder, check=True, capture_output=True)
    git(["git", "init", "-q", "."])
    git(["git", "add", "dl.cfg"])
    git(["git", "config", "core.fsmonitor", f"touch {job.folder}/ran"])
    assert job.run("--input", source, "--bucket", bucket).err == ""
    found = run("doctor", "--endpoint", job.endpoint, "--bucket", bucket, cwd=job.folder)
    assert "dl.cfg is tracked by git" in found.out and "git rm --cached dl.cfg" in found.out
    git(["git", "-c", "core.fsmonitor=false", "rm", "-q", "--cached", "dl.cfg"])
    found = run("doctor", "--endpoint", job.endpoint, "--bucket", bucket, cwd=job.folder)
    assert "git" not in found.out
    assert not (job.folder / "ran").exists()
