"""A lake that is updated every hour, and checked once a day.

The workers need the program `sparkify` on their PATH (a package, or one static file). What it reads and writes is in
Airflow's variables sparkify_input and sparkify_output; keys for S3 are those of the workers (a role, ~/.aws or the
environment).
"""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

PLACES = {
    "SPARKIFY_INPUT": "{{ var.value.sparkify_input }}",
    "SPARKIFY_OUTPUT": "{{ var.value.sparkify_output }}",
}
RETRY = {"retries": 2, "retry_delay": timedelta(minutes=5)}

with DAG(
    dag_id="sparkify",
    description="Songs and logs become the tables of a lake",
    schedule="17 * * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,  # an increment reads all that is new, whenever it arrived
    max_active_runs=1,  # of two runs at once into one lake only one wins
    default_args=RETRY,
    doc_md=__doc__,
    tags=["sparkify"],
):
    # The last line of the output is the task's XCom: the run's document on one line.
    BashOperator(
        task_id="etl",
        bash_command="sparkify etl --incremental --json --quiet | tr -d '\\n'; exit ${PIPESTATUS[0]}",
        env=PLACES,
        append_env=True,
        execution_timeout=timedelta(minutes=50),
    )

with DAG(
    dag_id="sparkify_check",
    description="Reads the lake and says whether all is as it should be",
    schedule="47 3 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args=RETRY,
    tags=["sparkify"],
):
    BashOperator(
        task_id="check",
        bash_command="sparkify check --quiet",
        env=PLACES,
        append_env=True,
    )
