"""DuckDB with its delta extension as a program; see query_server.py. The extensions are those of PyPI's
duckdb-extension-* packages. Keys for S3 come from the environment."""

import importlib
import os
import re
from pathlib import Path

import duckdb
from query_server import as_text, serve


def connect():
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    for name in ("delta", "httpfs"):
        [folder] = importlib.import_module(f"duckdb_extension_{name}").__path__
        [path] = Path(folder).rglob("*.duckdb_extension")
        connection.load_extension(str(path))
    connection.execute("SET TimeZone = 'UTC'")
    if endpoint := os.environ.get("ENDPOINT"):
        key, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
        connection.execute(
            f"CREATE SECRET (TYPE s3, KEY_ID '{key}', SECRET '{secret}', REGION '{os.environ['AWS_REGION']}',"
            f" ENDPOINT '{endpoint.removeprefix('http://')}', URL_STYLE 'path', USE_SSL false)"
        )
    return connection


def files_read(connection, sql):
    text = "".join(row[1] for row in connection.execute(f"EXPLAIN ANALYZE {sql}").fetchall())
    return int(re.search(r"Total Files Read: (\d+)", text)[1])


def open_duckdb():
    connection = connect()

    def answer(request):
        found = connection.execute(request["sql"])
        names = [column[0] for column in found.description]
        rows = as_text(names, found.fetchall())
        files = files_read(connection, request["sql"]) if request.get("files") else None
        return {"rows": rows, "files": files}

    return answer


serve(open_duckdb)
