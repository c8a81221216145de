"""Other programs write to the lake's tables: delta-rs, and Spark with Delta Lake. sparkify says so and goes no
further: whatever it is asked to do, each file stays, and the other program's readers still see its rows.
"""

import os
import signal
import subprocess

import pytest
from conftest import CHECKED, message, play, song
from lake_readers import PLACES, all_rows
from processes import freeze

pytest_plugins = ["lake_readers"]
WRITERS = ["delta-rs", "spark"]


def fill(place):
    """Two files in a partition of songplays, so that there is something to compact."""
    songs = [song(song_id=f"S{i}", artist_id=f"A {i % 3}/%=é", year=i % 4) for i in range(12)]
    place.put_input("song_data/songs.json", songs)
    for number in range(2):
        lines = [play(ts=1541106106796 + number * 1000 + i, userId=f"U{i}") for i in range(3)]
        place.put_input(f"log_data/{number}.json", lines)
        place.etl("--keep-versions", 3, *["--incremental"] * number)


def append(writer, place):
    writer.append_user(place.uri("users"), "x")


def delete_rows(writer, place):
    writer.delete(place.uri("users"), "user_id", "U1")


def delete_partition(writer, place):
    """No file comes; some go out of force."""
    writer.delete(place.uri("songs"), "year", 2)


def optimize(writer, place):
    writer.optimize(place.uri("songplays"))


def set_property(writer, place):
    """A version that says nothing of files."""
    writer.set_property(place.uri("artists"))


CHANGES = {  # what another writer does: the table
    append: "users",
    delete_rows: "users",
    delete_partition: "songs",
    optimize: "songplays",
    set_property: "artists",
}


@pytest.fixture(params=WRITERS)
def writer(request, engines):
    return engines(request.param)


@pytest.fixture
def place(request, new_place):
    made = new_place(request.param)
    fill(made)
    return made


def newest_log(place, table):
    logs = [key for key in place.tree() if key.startswith(f"{table}/_delta_log/") and key.endswith(".json")]
    return max(int(key.rpartition("/")[2][:20]) for key in logs)


def refusal(done, table, version):
    """What it says: of which table, which version, and what to try."""
    text = message(done)
    assert f"version {version} of the table {table} in " in text
    assert "was not written by sparkify" in text
    assert "choose another --output" in text and f"remove from {table}/_delta_log" in text
    return text


def assert_refused(place, table, version):
    """Whatever sparkify is asked to do."""
    before = place.tree()
    for options in ([], ["--incremental"], ["--keep-versions", 1], ["--dry-run"]):
        refusal(place.run("etl", "--input", place.input, *options), table, version)
    refusal(place.run("restore", "--at", 0), table, version)
    for command in ("check", "vacuum"):
        refusal(place.run(command), table, version)
    refusal(place.run("vacuum", "--retain", "0s"), table, version)
    listed = place.run("history")  # it lists what sparkify has done, too
    assert listed.out.count("etl") == 2
    listed.out = ""
    refusal(listed, table, version)
    assert place.tree() == before


@pytest.mark.parametrize("place", PLACES, indirect=True)
@pytest.mark.parametrize("change", CHANGES)
def test_a_commit_of_another_program(place, writer, change, engines):
    table = CHANGES[change]
    old, version = engines("delta-rs").rows(place.uri(table)), newest_log(place, table)
    change(writer, place)
    assert newest_log(place, table) == version + 1
    new = writer.rows(place.uri(table))
    assert (new == old) == (change in (optimize, set_property))
    place.put_input("log_data/more.json", [play(ts=1541106116796, userId="U1", level="paid")])
    assert_refused(place, table, version + 1)
    assert writer.rows(place.uri(table)) == new


@pytest.mark.parametrize("place", PLACES, indirect=True)
def test_vacuum_of_another_program(place, writer):
    """Where it is only tried, nothing has happened."""
    before = place.tree()
    writer.vacuum_dry(place.uri("songplays"))
    assert place.tree() == before
    place.put_input("log_data/more.json", [play(ts=1541106116796, userId="U1")])
    assert place.etl()["tables"]["songplays"]["rows"] == 7
    assert place.run("check").code == 0


@pytest.mark.parametrize("place", PLACES, indirect=True)
@pytest.mark.parametrize("change", [append, delete_partition])
def test_its_commit_is_given_up(place, engines, change):
    """As the message says how."""
    writer = engines("delta-rs")
    old, before = all_rows(writer, place), place.tree()
    change(writer, place)
    for key in place.tree().keys() - before.keys():
        place.remove(key)
    assert place.etl()["tables"]["songplays"]["rows"] == 6
    assert place.run("check").code == 0
    assert all_rows(writer, place) == old


# ---- While a run is running ---------------------------------------------------------------------


@pytest.mark.parametrize("place", ["disk"], indirect=True)
def test_a_commit_while_a_run_is_at_work(place, writer):
    """The run sees it before it decides, and takes away what it has written."""
    plays = [play(ts=1541106106796 + i, itemInSession=i) for i in range(50_000)]
    place.put_input("log_data/many.json", ["broken" * 500_000, *plays])
    before = place.tree()
    run = subprocess.Popen(
        [CHECKED, *place.etl_command("--max-rejects", "1")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    while not list(place.lake.glob("_rejects/run=*/.*.tmp")):
        assert run.poll() is None
    freeze(run.pid)
    append(writer, place)
    table = CHANGES[append]
    new = writer.rows(place.uri(table))
    os.kill(run.pid, signal.SIGCONT)
    out, err = run.communicate(timeout=60)
    version = newest_log(place, table)
    assert run.returncode == 1 and f"version {version} of the table {table} in " in err, err
    after = place.tree()
    assert before.items() <= after.items()
    added = {key.split("/")[0] for key in after.keys() - before.keys()}
    assert added == {"users", "_rejects"}
    assert writer.rows(place.uri(table)) == new


@pytest.mark.parametrize("place", PLACES, indirect=True)
@pytest.mark.parametrize("change", [append, set_property])
def test_a_commit_with_the_number_of_the_decided_one(place, writer, change):
    """It came between a run's decision and its log, and the run has died: its number alone does not
    tell it from sparkify's own."""
    table = CHANGES[change]
    lines = [play(ts=1541106107796, userId="U9")]
    place.put_input("song_data/more.json", [song(song_id="S99", artist_id="A9")])
    place.put_input("log_data/more.json", lines)
    place.etl()
    version = newest_log(place, table)
    place.remove(f"{table}/_delta_log/{version:020}.json")
    change(writer, place)
    assert newest_log(place, table) == version
    new, before = writer.rows(place.uri(table)), place.tree()
    for command in ("check", "vacuum"):
        refusal(place.run(command), table, version)
    for options in ([], ["--incremental"]):
        refusal(place.run("etl", "--input", place.input, *options), table, version)
    assert place.tree() == before
    assert writer.rows(place.uri(table)) == new


@pytest.mark.parametrize("place", PLACES, indirect=True)
def test_a_log_that_is_gone(place):
    """Versions that somebody has moved away are not begun anew in the middle."""
    for version in range(newest_log(place, "users") + 1):
        place.remove(f"users/_delta_log/{version:020}.json")
    before = place.tree()
    for command in (("etl", "--input", place.input), ("check",), ("vacuum",)):
        text = message(place.run(*command))
        assert "the Delta log of the table users" in text and "put back what is missing" in text
    assert place.tree() == before
