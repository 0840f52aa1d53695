"""The replay of held rows, started by a person. Wiring only: hedui_airflow builds the DAG."""

from hedui_airflow.quarantine import quarantine_dag

dag = quarantine_dag()
