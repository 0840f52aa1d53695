"""How to reach an agency: the shape of an Airflow Connection, without Airflow."""

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class Credentials(BaseModel):
    """`extra` holds what a connector kind needs beside the usual: a CA file, a token, key files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    conn_type: str
    host: str = ""
    port: int | None = None
    login: str = ""
    password: SecretStr = SecretStr("")
    database: str = Field(default="", description="Airflow calls it `schema`")
    extra: dict[str, SecretStr] = {}

    def secret(self, name: str) -> str:
        """One value of `extra`, in clear; empty where it is not set."""
        return self.extra[name].get_secret_value() if name in self.extra else ""


CredentialsOf = Callable[[str], Credentials]
"""Finds the credentials of a connection by its name, wherever they are kept. Raises AccessDenied where it cannot."""
