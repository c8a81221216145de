"""sparkify.yaml: options under the names of profiles."""

import pytest
from conftest import PROGRAM, message, play, run, song, write_input

DAILY = """# what this folder is about
use: daily
profiles:
  daily: &daily
    input: in
    output: lake
    max-rejects: 1
    compression: none
    json: yes
  other:
    input: "in"
    output: 'other lake'
    keep-versions: 0x3
  empty: {}
"""


@pytest.fixture
def place(tmp_path):
    write_input(tmp_path / "in", songs=[song()], plays=[play(ts=1541105830796), "broken"])
    (tmp_path / "sparkify.yaml").write_text(DAILY)
    return tmp_path


def inside(place, *arguments, **how):
    return run(*arguments, cwd=place, program=PROGRAM, **how)


def test_a_command_alone_does_the_job(place):
    done = inside(place, "etl")
    assert (done.code, done.err, done.summary["output"]) == (0, "", "lake")
    assert list((place / "lake").rglob("*.parquet")) and not list((place / "lake").rglob("part-*.zstd.parquet"))
    for command in ("check", "history", "vacuum"):  # which have no --input, and take none
        assert inside(place, command).summary["lake"] == "lake"


def test_what_comes_first(place):
    """Options, then variables, then the profile, then dl.cfg."""
    (place / "dl.cfg").write_text("[AWS]\nINPUT = nowhere\n")
    assert inside(place, "etl").summary["input"] == "in"
    assert inside(place, "etl", env={"SPARKIFY_OUTPUT": "variable"}).summary["output"] == "variable"
    assert inside(place, "etl", "--output", "option", env={"SPARKIFY_OUTPUT": "v"}).summary["output"] == "option"
    assert inside(place, "etl", "operand").summary["output"] == "operand"
    assert not (place / "v").exists()


def test_ways_to_say_the_same(place):
    """A bucket by the environment overrides a folder by the profile, and it is not both."""
    nowhere = {"SPARKIFY_ENDPOINT": "http://127.0.0.1:1", "SPARKIFY_NO_SIGN_REQUEST": "1", "SPARKIFY_RETRY_TIME": "0"}
    assert "127.0.0.1:1" in message(inside(place, "check", env={"SPARKIFY_BUCKET": "my-lake"} | nowhere))
    (place / "sparkify.yaml").write_text("use: a\nprofiles: {a: {quiet: true, output: lake}}\n")
    assert "check took" in inside(place, "check", "in", "--verbose").err


def test_other_profiles_and_files(place):
    assert message(inside(place, "etl", "--use", "other"), code=2).startswith(
        "sparkify: sparkify.yaml:13: keep-versions: expected"
    )
    (place / "conf.yaml").write_text("profiles:\n  p: {input: in, output: made, max-rejects: '100%'}\n")
    done = inside(place, "etl", "--settings", "conf.yaml", "--use", "p", "--json")
    assert done.summary["output"] == "made"
    done = inside(place, "etl", "--json", env={"SPARKIFY_SETTINGS": "conf.yaml", "SPARKIFY_USE": "p"})
    assert done.summary["output"] == "made"
    (place / "sparkify.yaml").write_text("# nothing yet\n")
    assert "no output is given" in message(inside(place, "etl"), code=2)
    (place / "sparkify.yaml").write_text("profiles: {p: {output: x}}\n")  # none is asked for
    assert "no output is given" in message(inside(place, "etl"), code=2)


def test_an_empty_value_of_another_command(place):
    assert inside(place, "etl").code == 0
    (place / "sparkify.yaml").write_text("use: a\nprofiles: {a: {output: lake, input: '', quiet: yes}}\n")
    assert inside(place, "check").code == 0
    (place / "sparkify.yaml").write_text("use: a\nprofiles: {a: {output: ''}}\n")
    assert inside(place, "check", "lake").code == 2
    assert inside(place, "check", "--output", "lake").code == 0


WRONG = {
    "use: dayly\nprofiles: {daily: {}}": ("sparkify.yaml has no profile 'dayly'", "did you mean daily?"),
    "use: a": ("sparkify.yaml has no profile 'a'", "profiles are listed below"),
    "use: [a]\nprofiles: {}": ("sparkify.yaml:1: expected the name of a profile", ""),
    "output: lake": ("sparkify.yaml:1: expected 'use' or 'profiles' here", ""),
    "- a": ("sparkify.yaml:1: expected 'profiles:'", ""),
    "use: a\nprofiles: [a]": ("sparkify.yaml:2: expected names of profiles", ""),
    "use: a\nprofiles:\n  a: 5": ("sparkify.yaml:3: expected the profile's options", ""),
    "use: a\nprofiles:\n  a:\n    outptu: x": ("sparkify.yaml:4: no command has an option --outptu", "mean output?"),
    "use: a\nprofiles:\n  a:\n    output: [x]": ("sparkify.yaml:4: expected one value", ""),
    "use: a\nprofiles:\n  a: {output: x,\n    output: y}": (
        "sparkify.yaml:4: 'output' is there twice, first in line 3",
        "",
    ),
    "use: a\nprofiles: {a: {use: b}}": ("sparkify.yaml:2: use is in no profile", ""),
    "use: a\nprofiles: {a: {threads: many}}": ("sparkify.yaml:2: threads: expected", ""),
    "use: a\nprofiles: {a: {quiet: perhaps}}": ("sparkify.yaml:2: quiet: expected", ""),
    "use: a\nprofiles: {a: {quiet: }}": ("sparkify.yaml:2: quiet: expected 1, true", ""),
    'use: a\nprofiles: {a: {output: "x\\0y"}}': ("sparkify.yaml:2: expected one value, found a null byte", ""),
    "use: a\nprofiles:\n\ta: {}": ("sparkify.yaml:3: found character that cannot start any token", ""),
    "use: a\nprofiles: {a: *b}": ("sparkify.yaml:2: found undefined alias", ""),
    "a: {": ("sparkify.yaml:", ""),
}


@pytest.mark.parametrize("text", WRONG, ids=range(len(WRONG)))
def test_files_that_are_wrong(place, text):
    (place / "sparkify.yaml").write_text(text)
    done = inside(place, "check", "lake")
    assert done.code in (1, 2)
    said, hint = WRONG[text]
    assert said in message(done, code=done.code) and hint in done.err
    for harmless in (("help", "etl"), ("check", "--help"), ("--version",)):  # they say what to do about it
        assert inside(place, *harmless).code == 0


def test_what_destroys_or_allows_is_refused(place):
    (place / "sparkify.yaml").write_text("use: a\nprofiles: {a: {allow-empty: true, output: lake}}")
    done = inside(place, "etl")
    assert "sparkify.yaml:2: allow-empty can be given on the command line only" in message(done, code=2)
    assert "removes data, permits something" in done.err and not (place / "lake").exists()


def test_a_file_that_cannot_be_read(place):
    assert "cannot read the settings none.yaml" in message(inside(place, "check", "lake", "--settings", "none.yaml"))
    (place / "sparkify.yaml").unlink()
    assert "cannot read the settings sparkify.yaml" in message(inside(place, "check", "lake", "--use", "x"))
    (place / "sparkify.yaml").mkdir()
    assert "cannot read the settings sparkify.yaml: Is a directory" in message(inside(place, "check", "lake"))


def test_aliases_do_not_explode(place):
    """As YAML allows it: ten levels of lists of ten."""
    bomb = ["a: &a [x]"] + [f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 10)}]" for i in range(10)]
    (place / "sparkify.yaml").write_text("\n".join(bomb))
    assert "expected 'use' or 'profiles'" in message(inside(place, "check", "lake"), code=2)


def test_verbose_says_where_options_come_from(place):
    assert "options: profile daily of sparkify.yaml" in inside(place, "etl", "--verbose").err
