"""One DAG per agency that is told of leads. Wiring only: hedui_airflow builds the DAGs."""

from hedui_airflow.factory import release_dags

globals().update({dag.dag_id: dag for dag in release_dags()})
