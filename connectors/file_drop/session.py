"""A session with an SFTP server that is known by its host key. For reading, and for handing over."""

import base64
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

import paramiko
from paramiko.pkey import UnknownKeyType

from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable

LATER: Final = "It is tried again; if it lasts, call the agency"
_TIMEOUT: Final = 10.0
_SILENCE: Final = 60.0
_NO_ANSWER: Final = "the agency is not available: its SFTP server does not answer"
# The driver tells a line that broke while we signed in as it tells a refusal.
_CUT_OFF: Final = re.compile("transport shut down|timeout", re.IGNORECASE)
# How much may be on its way unacknowledged. What is asked for bounds it anyway; the driver's own window of 2 MiB makes
# the server stop and wait, at half the speed.
_CHANNEL: Final = 128 * 1024 * 1024
_PACKET: Final = 32 * 1024


@contextmanager
def session(where: str, credentials: Credentials) -> Iterator[paramiko.SFTPClient]:
    """A session with the server that owns `host_key` and with no other.

    Connection: `host`, `port`, `login`, `password`; extra `host_key`, as in known_hosts: `ssh-ed25519 AAAA…`; for login
    by key `key_file`, whose passphrase then is the password.

    Raises AgencyUnavailable, AccessDenied. What the server says of a file – FileNotFoundError, PermissionError – is for
    the caller to put into words.
    """
    try:
        with closing(paramiko.SSHClient()) as ssh:
            _connect(ssh, where, credentials)
            with closing(_opened(ssh)) as client:
                if channel := client.get_channel():
                    channel.settimeout(_SILENCE)
                yield client
    except paramiko.BadHostKeyException:
        raise AccessDenied(
            where, "the server shows another host key than the pinned one", "Ask the agency before trusting the new key"
        ) from None
    except paramiko.AuthenticationException as error:
        if _CUT_OFF.search(str(error)):
            raise AgencyUnavailable(where, _NO_ANSWER, LATER) from None
        raise AccessDenied(where, "the server refused login or password", "Correct the connection") from None
    except (FileNotFoundError, PermissionError):
        raise
    except (paramiko.SSHException, paramiko.SFTPError, OSError, EOFError):
        raise AgencyUnavailable(where, _NO_ANSWER, LATER) from None


def _opened(ssh: paramiko.SSHClient) -> paramiko.SFTPClient:
    if (transport := ssh.get_transport()) and (
        client := paramiko.SFTPClient.from_transport(transport, _CHANNEL, _PACKET)
    ):
        return client
    raise paramiko.SSHException("no session")


def _connect(ssh: paramiko.SSHClient, where: str, credentials: Credentials) -> None:
    host, port = credentials.host, credentials.port or 22
    key = _pinned(where, credentials.secret("host_key"))
    own = _own_key(where, credentials)
    # The default policy rejects every key but those added here.
    ssh.get_host_keys().add(host if port == 22 else f"[{host}]:{port}", key.get_name(), key)
    ssh.connect(
        host,
        port,
        credentials.login,
        None if own else credentials.password.get_secret_value(),
        pkey=own,
        timeout=_TIMEOUT,
        banner_timeout=_TIMEOUT,
        auth_timeout=_TIMEOUT,
        channel_timeout=_TIMEOUT,
        allow_agent=False,
        look_for_keys=False,
    )


def _own_key(where: str, credentials: Credentials) -> paramiko.PKey | None:
    if not (file := credentials.secret("key_file")):
        return None
    try:
        return paramiko.PKey.from_path(file, credentials.password.get_secret_value() or None)
    except (OSError, ValueError, TypeError, paramiko.SSHException, UnknownKeyType):
        raise AccessDenied(
            where, "the connection's `key_file` holds no key that can be used", "Correct it, or the passphrase"
        ) from None


def _pinned(where: str, line: str) -> paramiko.PKey:
    try:
        kind, text = line.split()[:2]
        return paramiko.PKey.from_type_string(kind, base64.b64decode(text, validate=True))
    except (ValueError, paramiko.SSHException):
        raise AccessDenied(
            where,
            "the connection names no usable `host_key`",
            "Ask the agency for the line of its key: ssh-ed25519 AAAA…",
        ) from None
