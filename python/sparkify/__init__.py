"""Song and log JSON into a star schema of Parquet and Delta tables, in this process.

import sparkify

sparkify.etl(input="workspace", output="lake")
lake = sparkify.Lake("lake")
lake.query("top-songs")                 # a question by its name, or SQL
lake.table("songplays").to_pandas()     # or to_polars(), to_arrow(), to_duckdb()
"""

from ._errors import (
    Conflict,
    Interrupted,
    MissingPackage,
    SparkifyError,
    SparkifyWarning,
    TooManyRejects,
    UsageError,
)
from ._lake import Check, File, Lake, Question, Version, questions
from ._library import VERSION as __version__
from ._options import EtlOptions, GenerateOptions, StoreOptions
from ._progress import Progress
from ._runs import etl, generate
from ._summary import Summary
from ._tables import Result, Rows, Table

__all__ = [
    "Check",
    "Conflict",
    "EtlOptions",
    "File",
    "GenerateOptions",
    "Interrupted",
    "Lake",
    "MissingPackage",
    "Progress",
    "Question",
    "Result",
    "Rows",
    "SparkifyError",
    "SparkifyWarning",
    "StoreOptions",
    "Summary",
    "Table",
    "TooManyRejects",
    "UsageError",
    "Version",
    "__version__",
    "etl",
    "generate",
    "questions",
]
