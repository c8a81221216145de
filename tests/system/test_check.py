"""sparkify check: a lake that is right passes, and every kind of damage is named."""

import json

import pytest
from conftest import etl, play, run, snapshot
from test_lake import change, source  # noqa: F401


@pytest.fixture
def lake(source, tmp_path):  # noqa: F811
    etl(source, tmp_path / "lake", "--keep-versions", 3)
    change(source, 1)
    etl(source, tmp_path / "lake")
    return tmp_path / "lake"


def first(lake, table):
    return sorted(path for path in (lake / table).rglob("part-*"))[0]


def newest(lake, table):
    """A file that is in force."""
    return max((lake / table).rglob("part-*"), key=lambda path: path.stat().st_mtime_ns)


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def problems(lake, *options):
    done = run("check", lake, "--json", *options)
    assert done.code == 1 and "problems in" in done.err, done
    result = done.summary
    assert result["problem_count"] == len(result["problems"]) > 0
    return result["problems"]


def test_a_right_lake(lake, source):  # noqa: F811
    before = snapshot(lake)
    done = run("check", lake)
    assert (done.code, done.err) == (0, "") and "all is right" in done.out
    assert snapshot(lake) == before
    result = run("check", lake, "--json", "--threads", 1).summary
    assert (result["version"], result["problems"], result["leftover_files"]) == (1, [], 0)
    assert result["rows"] == 20 + 3 + 2 + 51 + 51
    change(source, 2)
    etl(source, lake, "--incremental")
    assert run("check", lake).code == 0


def test_plays_that_share_a_key(tmp_path, source):  # noqa: F811
    shared = [play(level="free"), play(level="paid")]
    (source / "log_data/shared.json").write_text("\n".join(shared) + "\n")
    etl(source, tmp_path / "lake")
    done = run("check", tmp_path / "lake")
    assert done.code == 0 and "1 plays share their songplay_id" in done.out


@pytest.mark.parametrize("table", ["songs", "artists", "users", "time", "songplays"])
def test_a_file_is_gone(lake, table):
    path = newest(lake, table)
    path.unlink()
    found = problems(lake)
    name = str(path.relative_to(lake))
    assert any(text.startswith(name) and "not there" in text for text in found)


def test_a_file_is_cut_off(lake):
    path = newest(lake, "songplays")
    path.write_bytes(path.read_bytes()[:-1])
    assert any("songplays/year=" in text for text in problems(lake))


@pytest.mark.parametrize("at", [0, 100, -100, -5])
def test_a_byte_is_changed(lake, at):
    path = newest(lake, "users")
    flip(path, at)
    [text] = [text for text in problems(lake) if text.startswith("users/")]
    assert path.name in text and "not those that were written" in text


def test_the_log_holds_another_file(lake):
    log = lake / "users/_delta_log" / f"{1:020}.json"
    lines = log.read_text().splitlines()
    [add] = [json.loads(line) for line in lines if '"add"' in line[:8]]
    add["add"]["path"] = "another.parquet"
    log.write_text("\n".join([*lines, json.dumps(add, separators=(",", ":"))]) + "\n")
    assert ["users: its log holds 1 files that are not in force"] == problems(lake)


def test_the_log_lacks_a_file(lake):
    log = lake / "users/_delta_log" / f"{1:020}.json"
    lines = [line for line in log.read_text().splitlines() if not line.startswith('{"add"')]
    log.write_text("\n".join(lines) + "\n")
    [text] = problems(lake)
    assert text.startswith("users/part-") and "its log does not hold it" in text


def test_the_log_says_another_size(lake):
    log = lake / "users/_delta_log" / f"{1:020}.json"
    size = newest(lake, "users").stat().st_size
    log.write_text(log.read_text().replace(f'"size":{size}', f'"size":{size + 1}'))
    [text] = problems(lake)
    assert f"{size + 1} bytes" in text and str(size) in text


def test_a_decision_that_was_not_carried_out(lake, source):  # noqa: F811
    (lake / "users/_delta_log" / f"{1:020}.json").unlink()
    assert any("its log ends with version 0, and 1 was decided" in text for text in problems(lake))
    etl(source, lake)
    assert run("check", lake).code == 0


def test_leftovers_are_no_damage(lake):
    path = newest(lake, "users")
    (path.parent / "part-00000-20180101T000000Z-00000000.zstd.parquet").write_bytes(b"x")
    done = run("check", lake)
    assert done.code == 0 and "1 data files are in no version" in done.out


def test_a_full_run_mends(lake, source):  # noqa: F811
    newest(lake, "songplays").unlink()
    first(lake, "songs").write_bytes(b"")
    assert len(problems(lake)) >= 2
    etl(source, lake)
    assert run("check", lake).code == 0


def test_where_no_lake_is(tmp_path):
    done = run("check", tmp_path)
    assert done.code == 1 and "holds no version of a lake" in done.err
