"""The packages: what the checkers of packages say, and that each runs in a root with nothing else in it."""

import gzip
import json
import os
import shutil
import tarfile
from pathlib import Path

import pytest
from conftest import PROGRAM, PROJECT, STATIC, VERSION, call, keys_of

BUILD = PROGRAM.parent
MAKE = PROJECT / "cmake/package/make.sh"


def make(kind, out, *program):
    """Makes a package of this kind; gives its file."""
    call(MAKE, kind, BUILD, out, *program)
    return sorted(out.iterdir())


def hashes(paths):
    return [call("sha256sum", path).split()[0] for path in paths]


def in_root(need, root, *command, mounts=(), code=0, env=None, network=False):
    """Runs a command in this root as a user without rights; the root cannot be written to."""
    mounts = [each for path in mounts for each in ("--bind", path, path)]
    mounts += ["--share-net"] if network else []
    return call(
        *(need("bwrap"), "--ro-bind", root, "/", "--proc", "/proc", "--dev", "/dev", "--unshare-all", *mounts),
        *("--uid", "65532", "--gid", "65532", "--cap-drop", "ALL", "--die-with-parent", "--chdir", "/", *command),
        code=code,
        env={"PATH": "/usr/bin", **(env or {})},
    )


def mount_points(root, *folders):
    for folder in folders:
        (root / str(folder).lstrip("/")).mkdir(parents=True, exist_ok=True)


def daily_job(need, root, folder):
    """A version, a run and a check by the program in this root; it needs nothing but the folder."""
    mount_points(root, "proc", "dev", folder)
    at = {"mounts": [folder]}
    assert VERSION in in_root(need, root, "/usr/bin/sparkify", "--version", **at)
    in_root(need, root, "/usr/bin/sparkify", "generate", folder / "in", "--songs", "20", "--events", "200", "-q", **at)
    lake = ("--output", folder / "lake")
    done = json.loads(in_root(need, root, "/usr/bin/etl", "--input", folder / "in", *lake, "--json", "-q", **at))
    assert done["status"] == "ok" and done["tables"]["songs"]["rows"] == 20
    in_root(need, root, "/usr/bin/sparkify", "check", *lake, "-q", **at)
    assert "--incremental" in in_root(need, root, "/usr/bin/etl", "--help", **at)


@pytest.fixture
def folder(tmp_path):
    """A folder that anyone may write to, also through those above it."""
    made = tmp_path / "work"
    made.mkdir()
    made.chmod(0o777)
    for above in made.parents:
        if above == above.parent or not os.access(above, os.W_OK) or above.stat().st_uid != os.getuid():
            break
        above.chmod(above.stat().st_mode | 0o111)
    return made


# ---- deb --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def debs(tmp_path_factory):
    if not shutil.which("dpkg-shlibdeps") or not shutil.which("cpack"):
        pytest.skip("no dpkg-dev, or no CPack")
    return make("deb", tmp_path_factory.mktemp("deb"))


def test_lintian_finds_nothing(need, debs):
    assert call(need("lintian"), "--allow-root", "--fail-on", "warning", "--tag-display-limit", "0", *debs) == ""


def test_debs_are_the_same_twice(debs, tmp_path):
    again = make("deb", tmp_path)
    assert [path.name for path in again] == [path.name for path in debs]
    assert hashes(again) == hashes(debs)


def unpack(debs, root):
    for deb in debs:
        call("dpkg-deb", "-x", deb, root)


def test_deb_has_what_belongs_into_it(debs, tmp_path):
    unpack(debs, tmp_path)
    share = tmp_path / "usr/share"
    pages = {p.name: gzip.decompress(p.read_bytes()) for p in (share / "man/man1").glob("*.gz")}
    wanted = {f"{p.name}.gz": p.read_bytes() for p in (PROJECT / "docs/man").glob("*.1")}
    assert pages == wanted | {"etl.1.gz": b".so man1/sparkify-etl.1\n"}
    assert {path.name for path in (share / "doc/sparkify/examples").iterdir()} == {
        "dl.cfg.example",
        "sparkify.yaml.example",
        "sparkify.cron",
    }
    for path in ("zsh/site-functions/_sparkify", "fish/vendor_completions.d/sparkify.fish"):
        assert (share / path).stat().st_size > 0
    for name in ("sparkify", "etl"):
        assert "complete" in (share / "bash-completion/completions" / name).read_text()
    for unit in ("sparkify.service", "sparkify.timer"):
        ours = (PROJECT / "deploy/systemd" / unit).read_text()
        assert (tmp_path / "usr/lib/systemd/system" / unit).read_text() == ours


VERSION_C = """#include <sparkify.h>
#include <stdio.h>
int main(void)
{
    return puts(sparkify_version()) < 0;
}
"""


def test_program_is_built_with_the_development_package(need, debs, tmp_path):
    """pkg-config finds header and library where the packages have been unpacked."""
    need("pkg-config")
    unpack(debs, tmp_path / "root")
    [config] = (tmp_path / "root").rglob("pkgconfig")
    (tmp_path / "version.c").write_text(VERSION_C)
    flags = call("pkg-config", "--cflags", "--libs", "sparkify", env={"PKG_CONFIG_PATH": str(config)}).split()
    call("cc", "-Wall", "-Werror", tmp_path / "version.c", *flags, "-o", tmp_path / "version")
    assert call(tmp_path / "version", env={"LD_LIBRARY_PATH": str(config.parent)}) == f"{VERSION}\n"
    assert f"libsparkify0 (= {VERSION}-1)" in call("dpkg-deb", "-f", debs[0], "Depends")
    assert "libsparkify 0 libsparkify0" in call("dpkg-deb", "-I", debs[1], "shlibs")


def installed_files(packages):
    """The files of these packages and of all that they depend on, as this machine has them."""
    todo, seen = list(packages), set()
    while todo:
        package = todo.pop()
        if package in seen:
            continue
        seen.add(package)
        depends = call("dpkg-query", "-W", "-f", "${Depends}", package)
        todo += [each.split()[0].split(":")[0] for each in depends.split(", ") if each]
    for package in seen:
        yield from (Path(line) for line in call("dpkg", "-L", package).splitlines() if line.startswith("/"))


def add_libraries(root, packages):
    """Puts the libraries of these packages, and of what they depend on, into the root."""
    for name in ("bin", "lib", "lib64", "sbin"):  # as Debian merges them
        (root / "usr" / name).mkdir(exist_ok=True)
        (root / name).symlink_to(f"usr/{name}")
    for path in installed_files(packages):
        into = root / path.relative_to("/")
        if ".so" in path.name and path.is_file():
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, into, follow_symlinks=False)


def question(need, root, folder):
    """A query of daily_job's lake: refused without DuckDB's library, answered with it."""
    query = ("/usr/bin/sparkify", "query", folder / "lake", "SELECT count(*) AS songs FROM songs", "--format", "csv")
    assert "libduckdb.so" in in_root(need, root, *query, mounts=[folder], code=1)
    shutil.copy(need(PROJECT / "build/tools/libduckdb.so"), root / "usr/lib")
    assert in_root(need, root, *query, mounts=[folder]) == "songs\n20\n"


def test_deb_runs_beside_its_dependencies_alone(need, debs, folder, tmp_path):
    """In a root with the package, what Depends names, what that depends on, and nothing else."""
    root = tmp_path / "root"
    unpack(debs, root)
    depends = [call("dpkg-deb", "-f", deb, "Depends") for deb in debs]
    names = {each.split()[0] for line in depends for each in line.strip().split(", ") if each}
    add_libraries(root, names - {"sparkify", "libsparkify0", "libsparkify-dev"})
    daily_job(need, root, folder)
    question(need, root, folder)


# ---- The static program: rpm, image -----------------------------------------------------------


@pytest.fixture(scope="module")
def static(request):
    if not STATIC.exists():
        (pytest.fail if request.config.getoption("--all-tools") else pytest.skip)(f"no {STATIC}: ./dev dist makes it")
    return STATIC


def test_rpm_runs_in_an_empty_root(need, static, folder, tmp_path):
    need("rpmbuild")
    [rpm] = make("rpm", tmp_path / "a", static)
    assert hashes([rpm]) == hashes(make("rpm", tmp_path / "b", static))
    assert call("rpm", "-qp", "--requires", rpm).split("\n")[0] == "ca-certificates"
    files = call("rpm", "-qpl", rpm).split()
    assert "/usr/share/man/man1/etl.1.gz" in files and "/usr/share/licenses/sparkify/LICENSE" in files
    workers = [path.name for path in STATIC.parent.glob(f"sparkify-worker{STATIC.name.removeprefix('sparkify')}-gnu")]
    assert ("/usr/libexec/sparkify/sparkify-worker" in files) == bool(workers)
    assert not [path for path in files if "lintian" in path or "Debian" in path]
    shutil.copy(rpm, tmp_path / "sparkify.rpm")
    call("rpm2archive", "sparkify.rpm", cwd=tmp_path)
    root = tmp_path / "root"
    with tarfile.open(tmp_path / "sparkify.rpm.tgz") as archive:
        archive.extractall(root, filter="tar")
    daily_job(need, root, folder)
    if workers:  # what DuckDB's library is linked with
        add_libraries(root, {"libc6", "libstdc++6"})
        question(need, root, folder)


def test_rpm_takes_the_worker_for_any_glibc(need, static, tmp_path):
    need("rpmbuild")
    name = "sparkify-9-x86_64-linux"
    (tmp_path / "programs").mkdir()
    shutil.copy(static, tmp_path / "programs" / name)
    (tmp_path / "programs" / f"{name.replace('sparkify', 'sparkify-worker')}-gnu").write_text("a worker")
    (tmp_path / "programs/THIRD-PARTY-LICENSES").write_text("licenses")
    [rpm] = make("rpm", tmp_path / "out", tmp_path / "programs" / name)
    files = call("rpm", "-qpl", rpm).split()
    assert {"/usr/libexec/sparkify/sparkify-worker", "/usr/share/licenses/sparkify/THIRD-PARTY-LICENSES"} <= set(files)


@pytest.mark.parametrize("kind", ["rpm", "image", "lambda"])
def test_no_package_without_the_licenses(static, tmp_path, kind):
    """Of what the static program is linked with: `./dev dist` writes them beside it."""
    shutil.copy(static, tmp_path / "sparkify")
    said = call(MAKE, kind, BUILD, tmp_path / "out", tmp_path / "sparkify", code=1)
    assert "THIRD-PARTY-LICENSES" in said and not list((tmp_path / "out").iterdir())


@pytest.fixture(scope="module")
def image(static, tmp_path_factory):
    [archive] = make("image", tmp_path_factory.mktemp("image"), static)
    return archive


def test_image_is_small_and_the_same_twice(image, static, tmp_path):
    assert hashes([image]) == hashes(make("image", tmp_path, static))
    assert image.stat().st_size <= 4 << 20


@pytest.fixture
def unpacked(need, image, tmp_path):
    """The image's root, as umoci unpacks it, and its configuration."""
    with tarfile.open(image) as archive:
        archive.extractall(tmp_path / "oci", filter="data")
    call(need("umoci"), "unpack", "--rootless", "--image", f"{tmp_path}/oci:{VERSION}", tmp_path / "bundle")
    return tmp_path / "bundle/rootfs", json.loads((tmp_path / "bundle/config.json").read_text())


def test_image_runs_in_its_own_root(need, unpacked, folder):
    root, config = unpacked
    process = config["process"]
    assert process["args"] == ["/usr/bin/sparkify"] and process["user"]["uid"] == process["user"]["gid"] == 65532
    licenses = {path.name for path in (root / "usr/share/doc/sparkify").iterdir()}
    assert licenses == {"LICENSE", "copyright", "THIRD-PARTY-LICENSES"}
    daily_job(need, root, folder)


def test_image_is_taken_by_those_who_load_images(need, image, tmp_path):
    """By the code that podman, skopeo and buildah share, as an OCI archive and as what `docker save` writes."""
    need("buildah")
    if os.geteuid():
        pytest.skip("only root keeps images in a folder of its own")
    buildah = ("buildah", "--storage-driver", "vfs", "--root", tmp_path / "root", "--runroot", tmp_path / "run")
    ids = {call(*buildah, "pull", "--quiet", f"{kind}:{image}") for kind in ("oci-archive", "docker-archive")}
    assert len(ids) == 1
    said = json.loads(call(*buildah, "inspect", "--type", "image", f"localhost/sparkify:{VERSION}"))
    assert said["OCIv1"]["config"]["User"] == "65532:65532" and said["OCIv1"]["architecture"] in ("amd64", "arm64")


def certificate(folder):
    """A certificate for 127.0.0.1, signed by itself."""
    files = folder / "cert.pem", folder / "key.pem"
    call(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
        *("-addext", "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout", files[1]),
    )
    return files


def test_image_trusts_its_own_certificates(need, unpacked, workspace, tmp_path):
    """A lake in S3 by TLS: refused with an unknown certificate, done once the image's file has it."""
    from s3_server import Server, need_versitygw

    need_versitygw()
    root, _ = unpacked
    mount_points(root, "proc", "dev")
    files = certificate(tmp_path)
    with Server(tmp_path / "s3", tls=files) as server:
        logs, lake = server.new_bucket("logs"), server.new_bucket("lake")
        server.client.upload(workspace, logs)
        command = ("/usr/bin/sparkify", "etl", "--input", f"s3://{logs}", "--output", f"s3://{lake}", "--json", "-q")
        how = {"env": keys_of(server) | {"AWS_ENDPOINT_URL_S3": server.endpoint}, "network": True}
        assert "certificate" in in_root(need, root, *command, "--retry-time", "1", code=1, **how)
        trusted = root / "etc/ssl/certs/ca-certificates.crt"
        assert trusted.read_text().count("BEGIN CERTIFICATE") > 100
        trusted.write_text(trusted.read_text() + files[0].read_text())
        assert '"committed": true' in in_root(need, root, *command, **how)


@pytest.mark.parametrize("machine, architecture", [(62, "amd64"), (183, "arm64")])
def test_image_says_for_which_machine_it_is(tmp_path, machine, architecture):
    """As its program's header has it, in the configuration and in the index."""
    (tmp_path / "program").write_bytes(b"\x7fELF".ljust(18, b"\0") + machine.to_bytes(2, "little"))
    call(PROJECT / "deploy/image/make.py", tmp_path / "program", MAKE, MAKE, tmp_path / "image")
    with tarfile.open(tmp_path / "image") as archive:
        archive.extractall(tmp_path, filter="data")
    [manifest] = json.loads((tmp_path / "index.json").read_text())["manifests"]
    [saved] = json.loads((tmp_path / "manifest.json").read_text())  # for docker load
    config = json.loads((tmp_path / saved["Config"]).read_text())
    assert manifest["platform"] == {"architecture": architecture, "os": "linux"}
    assert config["architecture"] == architecture and saved["RepoTags"] == [f"sparkify:{VERSION}"]
    for blob in (tmp_path / "blobs/sha256").iterdir():
        assert call("sha256sum", blob).split()[0] == blob.name


def test_image_is_of_a_static_program_alone(tmp_path):
    """The ordinary program would have no loader there."""
    said = call(PROJECT / "deploy/image/make.py", PROGRAM, MAKE, MAKE, tmp_path / "image", code=1)
    assert "not static" in said and not (tmp_path / "image").exists()
