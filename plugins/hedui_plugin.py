"""What Airflow cannot find by itself, told to every one of its processes."""

from airflow.plugins_manager import AirflowPlugin

from hedui_airflow.deadlines import DueMoment


class HeduiPlugin(AirflowPlugin):
    name = "hedui"
    deadline_references = (DueMoment,)
