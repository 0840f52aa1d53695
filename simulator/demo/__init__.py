"""`make demo` and `make up`: the province, its agencies and Airflow on one machine, and one day of the pipeline's life.

Starts every server as a child on the loopback and leaves none behind, works through Airflow's API as an operator and
two approvers would, and compares the leads with the truth. The one room of the simulator that may import
`hedui.pipeline`; keeps its own files under `$HEDUI_HOME/demo` and `$HEDUI_HOME/airflow`.
"""
