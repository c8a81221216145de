"""The run that makes the tables, and the data set to try it with."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ._job import Job, Option, run_job
from ._progress import ProgressOption, Watcher
from ._spark import spark_address
from ._summary import Summary

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._options import EtlOptions, GenerateOptions


def etl(
    input: str | os.PathLike[str] | None = None,
    output: str | os.PathLike[str] | None = None,
    *,
    progress: ProgressOption = None,
    **options: Unpack[EtlOptions],
) -> Summary:
    """Turns song and log JSON into the five tables of a star schema, and puts them into a lake as its next version.

    The lake is as it was before until the run commits, and stays so when it fails or is interrupted.

    Args:
        input: the folder or s3:// address that has song_data and log_data in it; None: what the environment,
            sparkify.yaml or dl.cfg name, else s3://udacity-dend.
        output: the folder or s3:// address that gets the tables; a folder is made if it is not there. None: as for the
            input; not needed with ``dry_run``.
        progress: None: a bar in a notebook, a line on a terminal, nothing elsewhere; True: also elsewhere, on stderr;
            False: nothing; a function: it is called with a :class:`Progress` some ten times a second.
        options: those of the command ``sparkify etl`` with underscores, flags as True (:class:`EtlOptions` lists them).
            ``spark`` may be a SparkSession of pyspark's that is connected by Spark Connect.

    Raises:
        UsageError: an option that there is not, or a value that it cannot have.
        TooManyRejects: more of the records are wrong than ``max_rejects`` allows.
        Conflict: another run has committed meanwhile.
        SparkifyError: anything else, as it says.
        KeyboardInterrupt: Ctrl-C; the run has ended, and nothing of it is left.

    Warns:
        SparkifyWarning: what the run noticed on its way.

    >>> summary = etl(example_workspace, example_folder / "another-lake")
    >>> summary.rows["songs"], summary.rejected, summary.committed
    (50, 0, True)
    """
    wanted: dict[str, Any] = dict(options)
    if wanted.get("spark") is not None:
        if not isinstance(wanted["spark"], str):
            wanted.setdefault("engine", "spark")
        wanted["spark"] = spark_address(wanted["spark"])
    with Job("etl", {"input": input, "output": output, **wanted}) as job, Watcher(progress) as watcher:
        return Summary(job.run(watcher), tuple(job.notes))


def generate(folder: str | os.PathLike[str], **options: Unpack[GenerateOptions]) -> dict[str, Any]:
    """Writes song and log files as a music app writes them into ``folder``, to try things with.

    Args:
        folder: gets song_data and log_data.
        options: ``songs`` and ``events`` say how many; the same ``seed`` gives the same bytes
            (:class:`GenerateOptions` lists all).

    Returns:
        The document that ``sparkify generate --json`` prints: ``song_files``, ``events``, ``plays``, …

    Raises:
        UsageError: an option that there is not, or a value that it cannot have.
        SparkifyError: the folder cannot be written.

    >>> made = generate(example_folder / "made", songs=3, events=20)
    >>> made["song_files"], made["events"]
    (3, 20)
    """
    wanted: dict[str, Option] = {"dir": folder, **options}  # type: ignore[dict-item]
    return run_job("generate", wanted)
