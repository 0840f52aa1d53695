"""The Airflow side: DAG factory, operators, credentials.

The only reader of Airflow Connections. Calls `hedui.pipeline` and holds no rule, no SQL and no row.
"""
