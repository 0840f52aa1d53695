"""The nightly housekeeping. Wiring only: hedui_airflow builds the DAG."""

from hedui_airflow.housekeeping import housekeeping_dag

dag = housekeeping_dag()
