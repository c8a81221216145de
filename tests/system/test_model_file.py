"""Models as files: what sparkify schema prints and judges, and the JSON Schema for editors."""

import copy
import json

import jsonschema
import pytest
import yaml
from conftest import PROJECT, message, run

SCHEMA = json.loads((PROJECT / "docs/model.schema.json").read_text())
SPARKIFY = PROJECT / "src/model/sparkify.yaml"
MODELS = [SPARKIFY, *sorted(PROJECT.glob("examples/*/model.yaml"))]


class Loader(yaml.SafeLoader):
    """YAML as a model is read: a key 'null' or 'on' is a text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":null", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    if first not in "oOyYnN"
}


def load(text):
    return yaml.load(text, Loader)


def is_valid(document):
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(document)


# ---- What is printed --------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.parent.name)
def test_a_model_is_printed_and_read_again(tmp_path, path):
    done = run("schema", "--check", path, "--print-model")
    assert done.code == 0, done.err
    (tmp_path / "again.yaml").write_text(done.out)
    again = run("schema", "--check", tmp_path / "again.yaml", "--print-model")
    assert again.out == done.out
    hashes = {
        json.loads(run("schema", "--check", p, "--json").out)["model"]["hash"] for p in (path, tmp_path / "again.yaml")
    }
    assert len(hashes) == 1
    jsonschema.validate(load(done.out), SCHEMA, jsonschema.Draft202012Validator)


def test_the_built_in_model_is_sparkifys(tmp_path):
    assert run("schema", "--print-model").out == run("schema", "--check", SPARKIFY, "--print-model").out
    built_in, file = (json.loads(run("schema", *more, "--json").out) for more in ([], ["--check", SPARKIFY]))
    assert built_in["tables"] == file["tables"]
    assert built_in["model"] == file["model"]


def test_summary():
    done = run("schema", "--check", SPARKIFY)
    assert done.code == 0 and done.err == ""
    assert done.out.splitlines()[1:] == [
        "  source  songs: song_data/, 9 fields",
        "  source  logs: log_data/, 14 fields, where page = NextSong",
        "  table   songs: one row for each song_id, 5 columns, by year, artist_id",
        "  table   artists: one row for each artist_id, 5 columns",
        "  table   users: one row for each user_id, 5 columns",
        "  table   time: one row for each distinct start_time of the plays, 7 columns, by year, month",
        "  table   songplays: one row for each play, 14 columns, by year, month",
    ]


def test_the_example_of_the_page_is_valid(tmp_path):
    page = (PROJECT / "docs/model-file.md").read_text()
    text = page.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "model.yaml").write_text(text)
    done = run("schema", "--check", tmp_path / "model.yaml")
    assert done.code == 0, done.err
    jsonschema.validate(load(text), SCHEMA, jsonschema.Draft202012Validator)


def test_questions_and_charts_are_part_of_what_is_printed(tmp_path):
    (tmp_path / "questions/report").mkdir(parents=True)
    (tmp_path / "model.yaml").write_text(SPARKIFY.read_text())
    question, chart = "-- All \"plays\".\nSELECT 'ü'\n", "-- A chart.\nSELECT 1"
    (tmp_path / "questions/all.sql").write_text(question)
    (tmp_path / "questions/report/days.sql").write_text(chart)
    found = load(run("schema", "--check", tmp_path / "model.yaml", "--print-model").out)
    assert (found["questions"], found["charts"]) == ({"all": question}, {"days": chart})
    jsonschema.validate(found, SCHEMA, jsonschema.Draft202012Validator)
    (tmp_path / "questions/no-text.sql").write_bytes(b"\xff")
    assert "no-text.sql is empty, or not text" in message(run("schema", "--check", tmp_path / "model.yaml"), code=2)


# ---- What is refused --------------------------------------------------------------------------


def test_a_wrong_model(tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text(SPARKIFY.read_text().replace("    key: userId", "    key: usrId"))
    line = path.read_text().splitlines().index("    key: usrId") + 1
    text = message(run("schema", "--check", path), code=2)
    assert f"wrong.yaml:{line}: the source 'logs' has no field 'usrId'" in text and "did you mean userId?" in text
    document = json.loads(run("schema", "--check", path, "--json").out)
    assert document["status"] == "failed" and str(line) in document["error"]["message"]


def test_a_file_that_cannot_be_read(tmp_path):
    assert "nowhere.yaml" in message(run("schema", "--check", tmp_path / "nowhere.yaml"))
    assert "cannot read the model" in message(run("schema", "--check", tmp_path))
    (tmp_path / "long.yaml").write_text("#" * (1 << 20) + "#")
    assert "at most 1048576" in message(run("schema", "--check", tmp_path / "long.yaml"), code=2)


@pytest.mark.parametrize("arguments", [
    ("--check", SPARKIFY, "--sql", "duckdb"), ("--print-model", "--markdown"), ("--check", SPARKIFY, "--markdown"),
    ("--print-model", "--sql", "duckdb"),
])  # fmt: skip
def test_two_forms_exclude_each_other(arguments):
    assert "exclude each other" in message(run("schema", *arguments), code=2)


# ---- The schema for editors -------------------------------------------------------------------


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.parent.name)
def test_models_are_as_the_schema_says(path):
    jsonschema.validate(load(path.read_text()), SCHEMA, jsonschema.Draft202012Validator)


def put(*steps):
    def change(model):
        *way, last, value = steps
        for step in way:
            model = model[step]
        model[last] = value

    return change


WRONG = {
    "no facts": lambda model: model.pop("facts"),
    "two facts": lambda model: model["facts"].update(more=model["facts"]["songplays"]),
    "unknown key": put("tables", {}),
    "unknown key of a source": put("sources", "logs", "folders", "x"),
    "folder outside": put("sources", "logs", "folder", "../logs"),
    "absolute folder": put("sources", "logs", "folder", "/logs"),
    "unknown type": put("sources", "logs", "fields", "song", "text"),
    "decimal of 19 digits": put("sources", "logs", "fields", "song", "decimal(19,2)"),
    "null: 1": put("sources", "songs", "fields", "year", {"type": "int32", "null": 1}),
    "required: maybe": put("sources", "songs", "fields", "year", {"type": "int32", "required": "maybe"}),
    "layout": put("sources", "songs", "layout", "rows"),
    "contract": put("sources", "songs", "faulty", "evolve"),
    "name of a table": lambda model: model["dimensions"].update(_d=model["dimensions"]["songs"]),
    "calendar with a key": put("dimensions", "time", "key", "ts"),
    "part": put("facts", "songplays", "columns", "year", {"part": "minute"}),
    "five keys": put("dimensions", "songs", "key", list("abcde")),
    "name of a question": put("questions", {"top songs": "SELECT 1"}),
    "charts": put("charts", "folder"),
    "two ids": put("facts", "songplays", "id", {"a": ["ts"], "b": ["ts"]}),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_schema_refuses_what_the_program_refuses(tmp_path, name):
    model = load(SPARKIFY.read_text())
    assert is_valid(model)
    wrong = copy.deepcopy(model)
    WRONG[name](wrong)
    assert not is_valid(wrong)
    (tmp_path / "wrong.yaml").write_text(json.dumps(wrong))  # JSON is YAML
    message(run("schema", "--check", tmp_path / "wrong.yaml"), code=2)
