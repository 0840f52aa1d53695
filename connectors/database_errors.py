"""What a database driver's exception means to us. The driver's own words may quote a row: they go no further."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pyarrow as pa
import sqlalchemy as sa

from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryBroken, HeduiError, SchemaDrift

# No driver gives a code for a failed sign-in, only words in the server's language.
_REFUSED: Final = (
    "password",
    "authentication",
    "pg_hba.conf",
    "does not exist",
    "access denied",
    "permission denied",
    "认证",
    "口令",
    "密码",
    "不存在",
)
_DENIED_STATES: Final = ("28", "42501", "3D000")
_DRIFT_STATES: Final = ("42P01", "42703", "3F000")
_GONE_STATES: Final = ("08", "40", "53", "57", "58")
_ASK: Final = "Ask the agency what changed"


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turn what the driver raises inside into one of our errors."""
    try:
        yield
    except sa.exc.NoSuchTableError:
        raise _drift(where) from None
    except sa.exc.DBAPIError as error:
        raise _meaning(where, error) from None
    except (sa.exc.SQLAlchemyError, pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise DeliveryBroken(where, f"the database sent what cannot be read ({type(error).__name__})", _ASK) from None


def _meaning(where: str, error: sa.exc.DBAPIError) -> HeduiError:
    state = str(getattr(error.orig, "pgcode", None) or "")
    words = str(error.orig).lower()
    if state.startswith(_DENIED_STATES) or (not state and any(word in words for word in _REFUSED)):
        return AccessDenied(
            where, "the database refused us", "Check login, password and database of the connection, and our read right"
        )
    if state.startswith(_DRIFT_STATES):
        return _drift(where)
    if state.startswith(_GONE_STATES) or (
        not state and isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)
    ):
        return AgencyUnavailable(
            where,
            "the agency is not available: its database does not answer",
            "It is tried again; if it lasts, call the agency",
        )
    return DeliveryBroken(where, f"the database could not answer the query ({state or type(error).__name__})", _ASK)


def _drift(where: str) -> SchemaDrift:
    return SchemaDrift(
        where, "the database lacks the table or a column of the contract", "Ask the agency, then correct it"
    )
