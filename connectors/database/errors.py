"""What a database driver's exception means to us. The driver's own words may quote a row: they go no further."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg2
import pyarrow as pa
import pymysql.err
import sqlalchemy as sa

from connectors.database.csv import TooLong, Unreadable
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryBroken, HeduiError, SchemaDrift

# libpq gives no code for a failed sign-in, only words, partly in the server's language.
_REFUSED: Final = (
    "password",
    "authentication failed",
    "pg_hba.conf",
    "does not exist",
    "access denied",
    "permission denied",
    "认证失败",
    "口令",
    "密码",
    "不存在",
)
_UNTRUSTED: Final = ("certificate", "does not support ssl", "ssl was required", "doesn't support ssl")
# Of PostgreSQL: SQLSTATE, or how it begins.
_DENIED_STATES: Final = ("28", "42501", "3D000")
_DRIFT_STATES: Final = ("42P01", "42703", "3F000")
_GONE_STATES: Final = ("08", "25P03", "40", "53", "55", "57", "58")
# Of MySQL: access and accounts; tables and columns; servers that end, stop a query, or cannot take another.
_DENIED_CODES: Final = {1044, 1045, 1049, 1129, 1130, 1142, 1143, 1227, 1251, 1370, 1698, 1820, 1862, 3118, 3159, 4151}
_DRIFT_CODES: Final = {1051, 1054, 1146, 1356}
_GONE_CODES: Final = {
    *(1040, 1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1184, 1203, 1205, 1213, 1226, 1317, 1412, 1927, 1969),
    *(2002, 2003, 2006, 2013, 2014, 2055, 3024, 4031),
}
_ASK: Final = "Ask the agency what changed"

_OF_THE_QUERY: Final = ("DataError", "IntegrityError", "NotSupportedError", "ProgrammingError")


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turn what a driver, SQLAlchemy or Arrow raises inside into one of our errors."""
    try:
        yield
    except HeduiError:
        raise
    except Exception as error:
        if (meaning := _meaning(where, error)) is None:
            raise
        raise meaning from None


def _meaning(where: str, error: BaseException) -> HeduiError | None:
    """None for what a database has no part in."""
    if isinstance(error, ModuleNotFoundError | sa.exc.NoSuchModuleError):
        return AccessDenied(
            where,
            "there is no driver for the connection's `conn_type`",
            "Write postgres or mysql, or install the driver",
        )
    match error:
        case sa.exc.NoSuchTableError():
            return _drift(where)
        case sa.exc.DBAPIError() if error.orig:
            return _meaning_of_driver(where, error.orig)
        case psycopg2.Error() | pymysql.err.Error():
            return _meaning_of_driver(where, error)
        case ssl.SSLCertVerificationError() | FileNotFoundError() | PermissionError():
            return _untrusted(where)
        case OSError():  # time-outs and lost lines among them
            return _gone(where)
        case Unreadable():
            return _broken(where, f"the column {error.column} holds what is no {error.kind} of ours")
        case TooLong():
            return _broken(where, "a row is longer than the database can send in one piece")
        case sa.exc.SQLAlchemyError() | pa.ArrowException() | ValueError() | TypeError() | OverflowError():
            return _broken(where, f"the database sent what cannot be read ({type(error).__name__})")
        case _:
            return None


def _meaning_of_driver(where: str, error: BaseException) -> HeduiError:
    state, code, words = str(getattr(error, "pgcode", None) or ""), _mysql_code(error), str(error).lower()
    if not state and any(word in words for word in _UNTRUSTED):
        return _untrusted(where)
    if state.startswith(_DENIED_STATES) or code in _DENIED_CODES:
        return _denied(where)
    if state.startswith(_DRIFT_STATES) or code in _DRIFT_CODES:
        return _drift(where)
    if state.startswith(_GONE_STATES) or code in _GONE_CODES:
        return _gone(where)
    if not state and not code and any(word in words for word in _REFUSED):
        return _denied(where)
    if not state and not code and type(error).__name__ not in _OF_THE_QUERY:
        return _gone(where)
    return _broken(where, f"the database could not answer the query ({state or code or type(error).__name__})")


def _mysql_code(error: BaseException) -> int | None:
    return error.args[0] if isinstance(error, pymysql.err.Error) and isinstance(error.args[0], int) else None


def _denied(where: str) -> AccessDenied:
    return AccessDenied(
        where, "the database refused us", "Check login, password and database of the connection, and our read right"
    )


def _untrusted(where: str) -> AccessDenied:
    return AccessDenied(
        where,
        "the database could not show a certificate that we trust, or we none that it does",
        "Check `sslmode`, `ca_file`, `client_cert_file` and `client_key_file` of the connection",
    )


def _gone(where: str) -> AgencyUnavailable:
    return AgencyUnavailable(
        where,
        "the agency is not available: its database does not answer",
        "It is tried again; if it lasts, call the agency",
    )


def _drift(where: str) -> SchemaDrift:
    return SchemaDrift(
        where, "the database lacks the table or a column of the contract", "Ask the agency, then correct it"
    )


def _broken(where: str, what: str) -> DeliveryBroken:
    return DeliveryBroken(where, what, _ASK)
