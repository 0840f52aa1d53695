"""Report channels: how an agency receives its validation reports, as its contract states it.

Servers, passwords and keys are in the Connection that a channel names, never in the contract.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from hedui.model.declaration import Declared

Language = Literal["zh", "en"]
# Of the signs that need no extension of the mail server.
Address = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@[A-Za-z0-9.-]+$")]


class _Channel(Declared):
    connection: str = Field(description="the Airflow Connection, or the entry in connections.json, of the other side")
    language: Language = Field(default="zh", description="zh or en")


class SftpChannel(_Channel):
    """Files in a folder of the agency's SFTP server."""

    kind: Literal["sftp"] = Field(description="sftp: a folder of the agency's server")
    folder: str = Field(description="where the agency looks for them")


class SealedChannel(_Channel):
    """A sealed package in a folder of ours, from which a gateway or a courier takes it."""

    kind: Literal["sealed"] = Field(description="sealed: a package that only the agency opens")
    folder: str = Field(
        default="reports",
        pattern=r"^[A-Za-z0-9_-]+$",
        description="where it is fetched: a folder of HEDUI_HOME/outbox/<agency>",
    )


class MailChannel(_Channel):
    """A message with attachments, by SMTP over TLS."""

    kind: Literal["mail"] = Field(description="mail: a message with attachments")
    to: tuple[Address, ...] = Field(min_length=1, description="addresses")


class WebhookChannel(_Channel):
    """A signed HTTPS request that the agency's system answers with a receipt."""

    kind: Literal["webhook"] = Field(description="webhook: a request to the agency's system")
    path: str = Field(
        pattern=r"^/[!-~]*$", description="below the host that the Connection names, e.g. /api/v1/reports"
    )


ReportChannel = Annotated[SftpChannel | SealedChannel | MailChannel | WebhookChannel, Field(discriminator="kind")]
