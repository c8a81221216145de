"""What commands print with --json is what docs/json says, where they do well and where they fail."""

import json
import os

import jsonschema
import pytest
from conftest import PROGRAM, PROJECT, etl, play, run, song, write_tree
from example_models import folder_of, generate

SCHEMAS = {p.name.split(".")[0]: json.loads(p.read_text()) for p in (PROJECT / "docs/json").glob("*.schema.json")}


def validate(document):
    schema = SCHEMAS[document["command"]]
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    return document


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Input with a reject and an unknown field, and a lake of two versions."""
    folder = tmp_path_factory.mktemp("schemas")
    logs = [play(odd=1), play(itemInSession=1), "{broken"]
    write_tree(folder / "in", {"song_data/s.json": song(), "log_data/0.json": logs})
    etl(folder / "in", folder / "lake", "--keep-versions", "3", "--max-rejects", "5")
    write_tree(folder / "in", {"log_data/1.json": play(userId="9"), "log_data/x.log": "no"})
    return folder


RUNS = {
    "etl": ["etl", "--input", "in", "--output", "lake", "--incremental", "--max-rejects", "5"],
    "etl dry": ["etl", "--input", "in", "--output", "lake", "--dry-run", "--max-rejects", "5"],
    "etl without input": ["etl", "--input", "nowhere", "--output", "new"],
    "etl of rejects": ["etl", "--input", "in", "--output", "new", "--max-rejects", "0"],
    "etl used wrongly": ["etl", "--no-such-option"],
    "history": ["history", "lake"],
    "history of a table": ["history", "lake", "--table", "songs"],
    "history of nothing": ["history", "nowhere"],
    "check": ["check", "lake"],
    "check of damage": ["check", "damaged"],
    "doctor": ["doctor", "--input", "in", "--output", "lake"],
    "doctor of nothing": ["doctor", "--input", "nowhere", "--output", "lake"],
    "restore": ["restore", "lake", "--at", "0"],
    "restore of nothing": ["restore", "lake", "--at", "99"],
    "vacuum": ["vacuum", "lake"],
    "vacuum dry": ["vacuum", "lake", "--dry-run"],
    "report": ["report", "lake"],
    "report of nothing": ["report", "nowhere"],
    "schema": ["schema"],
    "schema of a model": ["schema", "--check", str(PROJECT / "src/model/sparkify.yaml"), "--print-model"],
    "schema of no model": ["schema", "--check", "nowhere.yaml"],
    "schema as SQL": ["schema", "lake", "--sql", "duckdb"],
    "init": ["init", "in"],
    "init of nothing": ["init", "nowhere"],
    "generate": ["generate", "made", "--songs", "5", "--events", "50"],
    "help": ["help"],
}


OF_SHOP = {
    "etl": ["etl", "--input", "in", "--output", "lake", "--max-rejects", "100%"],
    "etl new files": ["etl", "--input", "in", "--output", "lake", "--incremental", "--max-rejects", "100%"],
    "etl dry": ["etl", "--input", "in", "--output", "lake", "--dry-run", "--max-rejects", "100%"],
    "history": ["history", "lake"],
    "history of a table": ["history", "lake", "--table", "clicks"],
    "check": ["check", "lake"],
    "doctor": ["doctor", "--input", "in", "lake"],
    "restore": ["restore", "lake", "--at", "0"],
    "report": ["report", "lake"],
    "schema": ["schema", "lake"],
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A lake of another model, with rejects, values that were discarded, and full runs after an increment."""
    folder = tmp_path_factory.mktemp("shop")
    generate("shop", folder / "in", "--events", 400, "--days", 1)
    options = ("--model", folder_of("shop") / "model.yaml", "--max-rejects", "100%", "--keep-versions", "3")
    etl(folder / "in", folder / "lake", *options)
    (folder / "in/customers/another.json").write_text('{"customer_id": "C777777"}')
    return folder


@pytest.mark.parametrize("name", OF_SHOP)
def test_a_document_of_another_model_is_as_its_schema_says(shop, name):
    library = os.environ.get("SPARKIFY_DUCKDB") or str(PROGRAM.with_name("libduckdb.so"))
    done = run(*OF_SHOP[name], "--json", cwd=shop, env={"SPARKIFY_DUCKDB": library})
    assert validate(json.loads(done.out))["status"] == "ok", done


@pytest.mark.parametrize("name", RUNS)
def test_a_document_is_as_its_schema_says(place, name):
    if name == "check of damage":
        etl(place / "in", place / "damaged", "--max-rejects", "5")
        next((place / "damaged/users").glob("part-*")).unlink()
    library = os.environ.get("SPARKIFY_DUCKDB") or str(PROGRAM.with_name("libduckdb.so"))
    done = run(*RUNS[name], "--json", cwd=place, env={"SPARKIFY_DUCKDB": library})
    document = validate(json.loads(done.out))
    assert document["command"] == RUNS[name][0]
    assert (document["status"] == "ok") == (done.code == 0) == (document["error"] is None)


def test_every_command_with_documents_has_a_schema():
    names = {name["name"] for name in json.loads(run("help", "--json", program=PROGRAM).out)["commands"]}
    assert set(SCHEMAS) == names - {"query"}  # whose rows are its document


def test_a_schema_refuses_what_is_wrong(place):
    document = json.loads(run("history", "lake", "--json", cwd=place).out)
    document["versions"][0]["time"] = 5
    with pytest.raises(jsonschema.ValidationError):
        validate(document)
