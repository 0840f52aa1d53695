"""One SFTP session with a pinned host key, and a file read as a stream."""

import base64
import hashlib
import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

import paramiko

from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryIncomplete

_TIMEOUT: Final = 10.0
_SILENCE: Final = 60.0
_LATER: Final = "It is tried again; if it lasts, call the agency"
_REQUEST: Final = 32 * 1024
_WINDOW: Final = 64 * _REQUEST  # asked for at once: fills a long line, bounds the memory


@contextmanager
def sftp(where: str, credentials: Credentials) -> Iterator[paramiko.SFTPClient]:
    """A session with the server that owns `host_key` and with no other.

    Raises AgencyUnavailable, AccessDenied; DeliveryIncomplete where a file or folder asked for is not there.
    """
    try:
        with closing(paramiko.SSHClient()) as ssh:
            _connect(ssh, where, credentials)
            with closing(ssh.open_sftp()) as client:
                if channel := client.get_channel():
                    channel.settimeout(_SILENCE)
                yield client
    except paramiko.BadHostKeyException:
        raise AccessDenied(
            where, "the server shows another host key than the pinned one", "Ask the agency before trusting the new key"
        ) from None
    except paramiko.AuthenticationException:
        raise AccessDenied(where, "the server refused login or password", "Correct the connection") from None
    except FileNotFoundError:
        raise DeliveryIncomplete(where, "the folder or a file of the delivery is not there", _LATER) from None
    except PermissionError:
        raise AccessDenied(
            where, "the server does not let us read the delivery", "Ask the agency for the right"
        ) from None
    except (paramiko.SSHException, OSError, EOFError):
        raise AgencyUnavailable(where, "the agency is not available: its SFTP server does not answer", _LATER) from None


def _connect(ssh: paramiko.SSHClient, where: str, credentials: Credentials) -> None:
    host, port = credentials.host, credentials.port or 22
    key = _pinned(where, credentials.secret("host_key"))
    # The default policy rejects every key but those added here.
    ssh.get_host_keys().add(host if port == 22 else f"[{host}]:{port}", key.get_name(), key)
    ssh.connect(
        host,
        port,
        credentials.login,
        credentials.password.get_secret_value(),
        timeout=_TIMEOUT,
        banner_timeout=_TIMEOUT,
        auth_timeout=_TIMEOUT,
        allow_agent=False,
        look_for_keys=False,
    )


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


class DigestingReader(io.RawIOBase):
    """A remote file as a stream that knows the SHA-256 of what it has given."""

    def __init__(self, file: paramiko.SFTPFile) -> None:
        super().__init__()
        self._file = file
        self._left = int(file.stat().st_size or 0)
        self._window = memoryview(b"")
        self._sha256 = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._window and self._left:
            self._fetch()
        given = bytes(self._window if size < 0 else self._window[:size])
        self._window = self._window[len(given) :]
        return given

    def drain(self) -> None:
        """Read to the end, for the digest alone."""
        while self.read(_WINDOW):
            pass

    def digest(self) -> str:
        return self._sha256.hexdigest()

    def _fetch(self) -> None:
        length = min(_WINDOW, self._left)
        at = self._file.tell()
        window = b"".join(self._file.readv([(at, length)]))
        if not window:
            raise EOFError("the file is shorter than the server said")
        self._left -= len(window)
        self._sha256.update(window)
        self._window = memoryview(window)
