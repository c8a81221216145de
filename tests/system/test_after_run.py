"""Who is told how a run has ended: --metrics-file, --on-success, --on-failure."""

import json
import os
import stat

import pytest
from conftest import PROGRAM, TABLES, play, run, song, write_input
from prometheus_client.openmetrics.parser import text_string_to_metric_families

LAST_SUCCESS = "sparkify_last_success_timestamp_seconds"


@pytest.fixture
def place(tmp_path):
    plays = [play(ts=1541105830796 + i, itemInSession=i, userId=f"U{i}") for i in range(5)]
    write_input(tmp_path / "in", songs=[song()], plays=[*plays, "broken"])
    return tmp_path


def job(place, *options, source="in", code=0, **how):
    done = run("etl", "--input", source, "--output", "lake", *options, cwd=place, **how)
    assert done.code == code, done.err
    return done


# ---- Metrics ------------------------------------------------------------------------------------


def metrics(path):
    """{name: value, or {label: value}}; read by the parser of Prometheus's own client."""
    found = {}
    for family in text_string_to_metric_families(path.read_text()):
        assert family.type == "gauge" and family.documentation.endswith("."), family
        for sample in family.samples:
            if sample.labels:
                [label] = sample.labels.values()
                found.setdefault(sample.name, {})[label] = sample.value
            else:
                found[sample.name] = sample.value
    return found


def test_metrics_of_a_run(place):
    summary = job(place, "--metrics-file", "m.prom", "--max-rejects", 1, "--json").summary
    found = metrics(place / "m.prom")
    assert found["sparkify_run_success"] == 1
    assert found["sparkify_table_rows"] == {t: summary["tables"][t]["rows"] for t in TABLES}
    assert found["sparkify_table_files"] == {t: summary["tables"][t]["files"] for t in TABLES}
    assert found["sparkify_source_records"] == {"songs": 1, "logs": 6}
    assert found["sparkify_source_rejected"] == {"songs": 0, "logs": 1}
    assert found["sparkify_plays"] == 5
    assert found["sparkify_lake_version"] == summary["lake_version"]
    assert found["sparkify_run_timestamp_seconds"] == found[LAST_SUCCESS]
    assert list(place.glob("m.prom*")) == [place / "m.prom"]


def test_the_last_success_outlives_failures(place):
    job(place, "--metrics-file", "m.prom", "--max-rejects", 1)
    success = metrics(place / "m.prom")[LAST_SUCCESS]
    old = (place / "m.prom").read_text().replace(f"{LAST_SUCCESS} {success:.3f}", f"{LAST_SUCCESS} 1500000000.250")
    (place / "m.prom").write_text(old)
    for source, code in (("in", 3), ("nowhere", 1)):
        job(place, "--metrics-file", "m.prom", "--max-rejects", 0, source=source, code=code)
        found = metrics(place / "m.prom")
        assert found[LAST_SUCCESS] == 1500000000.25 and found["sparkify_run_success"] == 0
        assert "sparkify_table_rows" not in found and found["sparkify_run_timestamp_seconds"] >= success
    assert found["sparkify_source_records"] == {"songs": 0, "logs": 0}


def test_a_failure_before_the_run_has_metrics_too(place):
    job(place, "--metrics-file", "m.prom", "--sse", "AES256", code=2)
    assert metrics(place / "m.prom")["sparkify_run_success"] == 0
    assert LAST_SUCCESS not in metrics(place / "m.prom")


@pytest.mark.parametrize("path", ["none/m.prom", "lake"])
def test_metrics_that_cannot_be_written(place, path):
    """The run has gone well all the same: its tables are there."""
    done = job(place, "--metrics-file", path, "--max-rejects", 1)
    assert f"warning: cannot write to {path}" in done.err
    assert run("check", place / "lake").code == 0


# ---- Commands -----------------------------------------------------------------------------------


def test_commands_get_the_document(place):
    """Each is run after the end that it is for, and only then."""
    hooks = ("--on-success", "cat > good.json; echo told", "--on-failure", "cat > bad.json")
    done = job(place, *hooks, "--max-rejects", 1, "--json")
    assert done.err == "told\n"  # what it prints is not mixed with our document
    assert json.loads((place / "good.json").read_text()) == done.summary
    assert not (place / "bad.json").exists()
    (place / "good.json").unlink()
    done = job(place, *hooks, "--max-rejects", 0, code=3)
    document = json.loads((place / "bad.json").read_text())
    assert document["status"] == "failed" and document["error"]["code"] == "too_many_rejects"
    assert not (place / "good.json").exists()


def test_a_failure_before_the_run_is_told(place):
    job(place, "--sse", "AES256", "--on-failure", "cat > bad.json", code=2)
    assert json.loads((place / "bad.json").read_text())["error"]["code"] == "usage"


@pytest.mark.parametrize(
    "command, said",
    [
        ("exit 7", "the command of --on-success ended with exit code 7"),
        ("kill -9 $$", "the command of --on-success was ended by signal 9"),
        ("exec <&-; exit 0", None),
        ("no-such-program", "the command of --on-success ended with exit code 127"),
    ],
)
def test_a_command_that_fails(place, command, said):
    """The run is over: its exit code stays. A command need not read what it is given."""
    done = job(place, "--on-success", command, "--max-rejects", 1)
    assert (f"warning: {said}" in done.err) if said else done.err == ""


def test_a_command_has_usual_signals(place):
    job(place, "--on-success", "yes | head -1 > /dev/null; grep SigIgn /proc/self/status > ignored",
        "--max-rejects", 1, program=PROGRAM)  # fmt: skip
    ignored = int((place / "ignored").read_text().split()[1], 16)
    assert not ignored & (1 << (13 - 1) | 1 << (25 - 1))  # SIGPIPE, SIGXFSZ


def test_metrics_are_as_readable_as_other_files(place):
    before = os.umask(0o022)
    try:
        job(place, "--metrics-file", "m.prom", "--max-rejects", 1)
    finally:
        os.umask(before)
    assert stat.S_IMODE((place / "m.prom").stat().st_mode) == 0o644

