"""sparkify check: a lake that is right passes, and every kind of damage is named."""

import json
import re

import pytest
from conftest import etl, play, run, snapshot
from test_hostile_lake import edit_plan
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
    """A file of the current version."""
    return max((lake / table).rglob("part-*"), key=lambda path: path.stat().st_mtime_ns)


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def problems(lake, *options):
    done = run("check", lake, "--json", *options)
    assert done.code == 1 and re.search(r"\d problems? in ", done.err), done
    result = done.summary
    assert result["problem_count"] == len(result["problems"]) > 0
    return result["problems"]


def test_a_right_lake(lake, source):  # noqa: F811
    before = snapshot(lake)
    done = run("check", lake)
    assert (done.code, done.err) == (0, "") and "all is right" in done.out
    assert snapshot(lake) == before
    result = run("check", lake, "--json", "--threads", 1).summary
    assert (result["lake_version"], result["problems"], result["leftover_files"]) == (1, [], 0)
    assert result["rows"] == 20 + 3 + 2 + 51 + 51
    change(source, 2)
    etl(source, lake, "--incremental")
    assert run("check", lake).code == 0


def test_plays_that_share_a_key(tmp_path, source):  # noqa: F811
    shared = [play(level="free"), play(level="paid")]
    (source / "log_data/shared.json").write_text("\n".join(shared) + "\n")
    etl(source, tmp_path / "lake")
    done = run("check", tmp_path / "lake")
    assert done.code == 0 and "1 play shares its songplay_id" in done.out


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
    add["add"]["path"] = "part-00000-20180101T000000Z-00000000.zstd.parquet"
    log.write_text("\n".join([*lines, json.dumps(add, separators=(",", ":"))]) + "\n")
    assert ["users: its log holds 1 file that is not current"] == problems(lake)


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


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


LOG = "songplays/_delta_log/00000000000000000001.json"
LOG_DAMAGES = {
    "a statistic": (LOG, "2018-11", "2017-11", "its log and the plan disagree about it"),
    "a partition": (LOG, '"month":"11"', '"month":"10"', "its log and the plan disagree about it"),
    "the schema": (LOG.replace("1.json", "0.json"), "timestamp", "long", "a metaData that is not"),
    "the protocol": (LOG.replace("1.json", "0.json"), '"minReaderVersion":1',
                     '"minReaderVersion":3', "a protocol that is not"),
    "no JSON": (LOG, '{"add"', '{ "add"', "version 1 of its log has a line that is not JSON"),
}  # fmt: skip


@pytest.mark.parametrize("case", LOG_DAMAGES)
def test_the_log_says_something_else(lake, case):
    name, old, new, expected = LOG_DAMAGES[case]
    edit(lake / name, old, new if case != "no JSON" else '{ "add":,')
    assert any(p.startswith("songplays") and expected in p for p in problems(lake))


# Old and new text of the add action of songplays' second version, with its quotes escaped in stats.
ACTION_DAMAGES = {
    "a path of others": ('"path":"year', '"path":"../year', "not a file of sparkify's"),
    "no path": ('"path":"year', '"route":"year', "not a file of sparkify's"),
    "no partition": ('"month":"11"', '"moon":"11"', "partitionValues has no month"),
    "a partition more": ('"month":"11"', '"month":"11","day":"1"', "that are not partition columns"),
    "a null": ('"month":"11"', '"month":null', "a null, which the schema forbids, in month"),
    "another type": ('"month":"11"', '"month":"x"', "no value of its type in month"),
    "a number": ('"month":"11"', '"month":11', "no value of its type in month"),
    "no partitions": ('"partitionValues"', '"values"', "partitionValues has no year"),
    "stats of no JSON": ('"stats":"{', '"stats":"', "its stats do not count its rows"),
    "stats that are no text": ('"stats":"', '"stats":1,"x":"', "its stats are not a string"),
    "no rows": ('numRecords\\":', 'rows\\":', "its stats do not count its rows"),
    "nulls": ('nullCount\\":{\\"songplay_id\\":0', 'nullCount\\":{\\"songplay_id\\":1',
              "nulls, which the schema forbids, in songplay_id"),
    "nulls of no column": ('nullCount\\":{\\"songplay_id', 'nullCount\\":{\\"x',
                           "an unknown column: x"),
    "less than no nulls": ('nullCount\\":{\\"songplay_id\\":0', 'nullCount\\":{\\"songplay_id\\":-1',
                           "no count of nulls for songplay_id"),
    "a bound of no column": ('minValues\\":{\\"songplay_id', 'minValues\\":{\\"x',
                             "an unknown column: x"),
    "a bound of a partition": ('minValues\\":{\\"songplay_id', 'minValues\\":{\\"year',
                               "an unknown column: year"),
    "a bound of another type": ('maxValues\\":{\\"songplay_id\\":',
                                'maxValues\\":{\\"songplay_id\\":\\"x\\",\\"session_id\\":',
                                "a bound of another type for songplay_id"),
}  # fmt: skip


@pytest.mark.parametrize("case", ACTION_DAMAGES)
def test_the_log_against_its_own_schema(lake, case):
    old, new, expected = ACTION_DAMAGES[case]
    log = lake / LOG
    lines = log.read_text().splitlines(keepends=True)
    [number] = [i for i, line in enumerate(lines) if line.startswith('{"add"')]
    assert old in lines[number]
    lines[number] = lines[number].replace(old, new, 1)
    log.write_text("".join(lines))
    found = [text for text in problems(lake) if expected in text]
    assert found and found[0].startswith("songplays") and "version 1 of its log" in found[0]


def test_a_log_without_a_schema(lake):
    edit(lake / LOG.replace("1.json", "0.json"), '"schemaString":"{', '"schemaString":"')
    assert any("a metaData without a schema" in text for text in problems(lake))


def test_a_null_in_a_partition(tmp_path, source):  # noqa: F811
    """As programs before this one wrote an artist of that name."""
    lake = tmp_path / "lake"
    etl(source, lake)
    [folder] = list((lake / "songs").glob("year=*/artist_id=*"))[:1]
    null = folder.parent / "artist_id=__HIVE_DEFAULT_PARTITION__"
    folder.rename(null)
    names = [str(path.relative_to(lake / "songs")) for path in (folder, null)]
    edit_plan(lake, "songs", "entries", "", replaced=names)
    found = problems(lake)
    assert any(t.startswith("songs/") and "column artist_id is null" in t for t in found)


@pytest.fixture
def long_log(source, tmp_path):  # noqa: F811
    """With a checkpoint of version 10."""
    for number in range(12):
        change(source, number)
        etl(source, tmp_path / "lake")
    assert run("check", tmp_path / "lake").code == 0
    return tmp_path / "lake"


def log_of(number):
    return f"{number:020}.json"


LONG_DAMAGES = {
    "a version in the middle": ([log_of(5)], "version 5 of its log is missing"),
    "a version behind the checkpoint": ([log_of(10)], "version 10 of its log is missing"),
    "the first versions and the checkpoint": (
        [log_of(0), "00000000000000000010.checkpoint.parquet", "_last_checkpoint"],
        "version 0 of its log is missing",
    ),
    "the checkpoint": (
        ["00000000000000000010.checkpoint.parquet"],
        "the _last_checkpoint of its log names one that is not there",
    ),
}


@pytest.mark.parametrize("case", LONG_DAMAGES)
def test_a_part_of_the_log_is_gone(long_log, case):
    names, expected = LONG_DAMAGES[case]
    for name in names:
        (long_log / "songplays/_delta_log" / name).unlink()
    assert f"songplays: {expected}" in problems(long_log)


def test_a_checkpoint_is_damaged(long_log):
    path = long_log / "songplays/_delta_log/00000000000000000010.checkpoint.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    assert any("the checkpoint of version 10 of its log" in p for p in problems(long_log))


def test_logs_behind_a_checkpoint_may_be_gone(long_log):
    for number in range(10):
        (long_log / "songplays/_delta_log" / log_of(number)).unlink()
    assert run("check", long_log).code == 0


def test_the_state_of_incremental_loads_is_damaged(lake):
    path = newest(lake, "_sparkify/state")
    flip(path, 10)
    assert any("its bytes are not those that were written" in p for p in problems(lake))
    path.unlink()
    assert any("it is not there" in p for p in problems(lake))


def test_the_plan_is_damaged(lake):
    (plan,) = (lake / "_sparkify/plans").iterdir()
    edit(plan, "part-00000", "part-00001")
    for command in (("check", lake), ("vacuum", lake), ("restore", lake, "--at", 0)):
        done = run(*command)
        assert done.code == 1 and "is damaged" in done.err and "from a copy" in done.err


def test_nothing_is_left_over_after_a_restore(lake):
    assert run("restore", lake, "--at", 0).code == 0
    result = run("check", lake, "--json").summary
    assert (result["problems"], result["leftover_files"]) == ([], 0)


def test_a_version_that_is_not_whole_does_not_come_back(source, tmp_path):  # noqa: F811
    lake = tmp_path / "lake"
    etl(source, lake, "--keep-versions", 3)
    old = first(lake, "users")
    change(source, 1)
    etl(source, lake)
    assert old != newest(lake, "users")
    old.unlink()
    before = snapshot(lake)
    done = run("restore", lake, "--at", 0)
    assert done.code == 1 and old.name in done.err and "cannot be restored" in done.err
    assert snapshot(lake) == before


def test_a_decision_that_was_not_carried_out(lake, source):  # noqa: F811
    (lake / "users/_delta_log" / f"{1:020}.json").unlink()
    assert any("its log ends with version 0, and 1 was decided" in text for text in problems(lake))
    etl(source, lake)
    assert run("check", lake).code == 0


def test_an_old_decision_is_damaged(lake):
    """It is told with what is wrong, and the rest is read."""
    path = lake / f"_sparkify/commits/{0:020}.json"
    edit(path, '"oldest": 0', '"oldest": -1')
    newest(lake, "users").unlink()
    found = problems(lake)
    assert any(f'{path.name} is damaged: its "oldest" is not a whole number' in t for t in found)
    assert any("it is not there" in text for text in found)


MARKER = {"run": "20180101T000000Z-00000000", "place": "", "began": "1", "pid": 1, "time": 1}
MARKERS = {field: MARKER | {field: [None]} for field in MARKER} | {
    "not a JSON object": None,
    "a run of another name": MARKER | {"run": "20180101T000000Z-00000001"},
    "no process": MARKER | {"pid": -1},
    "a time that cannot be": MARKER | {"time": 9223372036854775807},
}


@pytest.mark.parametrize("case", MARKERS)
def test_a_damaged_marker(lake, source, case):  # noqa: F811
    path = lake / f"_sparkify/runs/{MARKER['run']}.json"
    path.parent.mkdir()
    path.write_text(json.dumps(MARKERS[case]) if MARKERS[case] else "{")
    [text] = problems(lake)
    assert f"{path.name} is damaged: " in text and "'sparkify vacuum' removes it" in text
    assert run("vacuum", lake).code == 0
    assert not path.exists() and run("check", lake).code == 0


OTHERS = ["songs/.DS_Store", "users/.nfs000000000001a2b300000001", "time/year=2018/Thumbs.db",
          "users/._part-00000", "songplays/_delta_log/.DS_Store", "time/desktop.ini",
          "users/.Trash-1000/files/x", "users/.fuse_hidden0001", "users/@eaDir/x", "users/.x.tmp",
          "_sparkify/.DS_Store", "_sparkify/commits/.nfs0001", "_rejects/.DS_Store"]  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_files_of_file_managers_and_systems(lake, source, name):  # noqa: F811
    path = lake / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    done = run("check", lake)
    assert (done.code, done.err) == (0, "")
    assert f"1 file is not sparkify's, and ignored: {name}\n" in done.out
    assert run("check", lake, "--json").summary["other_files"] == 1
    change(source, 2)
    etl(source, lake)
    assert run("vacuum", lake).code == 0
    assert run("restore", lake, "--at", 2).code == 0
    assert path.read_text() == "x"


@pytest.mark.parametrize("name", ["users/x.parquet", "users/x/.y.parquet/z", "time/_SUCCESS"])
def test_data_of_others_is_still_refused(lake, name):
    (lake / name).parent.mkdir(parents=True, exist_ok=True)
    (lake / name).write_text("x")
    done = run("check", lake)
    assert done.code == (0 if "/." in name else 1)
    assert "--output" not in done.err


def test_leftovers_are_no_damage(lake):
    path = newest(lake, "users")
    (path.parent / "part-00000-20180101T000000Z-00000000.zstd.parquet").write_bytes(b"x")
    done = run("check", lake)
    assert done.code == 0 and "1 data file is in no version" in done.out


def test_a_full_run_mends(lake, source):  # noqa: F811
    newest(lake, "songplays").unlink()
    first(lake, "songs").write_bytes(b"")
    assert len(problems(lake)) >= 2
    etl(source, lake)
    assert run("check", lake).code == 0


def test_where_no_lake_is(tmp_path):
    done = run("check", tmp_path)
    assert done.code == 1 and "holds no version of a lake" in done.err
