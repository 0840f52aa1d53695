"""From an Airflow Connection to what a connector needs; nothing else reads Connections."""

from typing import Any

from airflow.sdk import Connection

from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied


def credentials(connection_id: str) -> Credentials:
    """The credentials that the Connection of this name holds.

    Raises AccessDenied where there is no such Connection, so that nobody waits through the retries.
    """
    try:
        connection: Any = Connection.get(connection_id)
    except Exception as error:
        # Airflow's own error would name every place it looked, and its type differs from backend to backend.
        raise AccessDenied(
            connection_id,
            f"the Airflow Connection cannot be read ({type(error).__name__})",
            f"Create the Connection `{connection_id}` under Admin → Connections",
        ) from None
    return Credentials(
        conn_type=connection.conn_type or "",
        host=connection.host or "",
        port=connection.port,
        login=connection.login or "",
        password=connection.password or "",
        database=connection.schema or "",
        extra={name: str(value) for name, value in connection.extra_dejson.items()},
    )
