"""Credentials for work by hand, from the file that HEDUI_CONNECTIONS names (default $HEDUI_HOME/connections.json)."""

import json

from pydantic import ValidationError

from hedui import shelves
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied
from hedui.settings import Settings


def credentials_of(dataset: str) -> Credentials:
    """The credentials of a dataset's agency. Raises AccessDenied where the file does not hold them."""
    return credentials_named(shelves.agencies()[shelves.dataset(dataset).agency].connection, dataset)


def credentials_named(connection: str, where: str) -> Credentials:
    """One entry of the file; errors name `where`. Raises AccessDenied where the file does not hold it."""
    file = Settings.from_environment().connections
    try:
        return Credentials.model_validate(json.loads(file.read_text(encoding="utf-8"))[connection])
    except (OSError, KeyError):
        what = f"no connection `{connection}` in {file.name}"
    except (ValueError, ValidationError):
        what = f"the connection `{connection}` in {file.name} cannot be read"
        raise AccessDenied(where, what, "Write it as JSON, in the form that docs/add-an-agency.md shows") from None
    raise AccessDenied(where, what, "Name the file with HEDUI_CONNECTIONS, one entry for each agency")
