"""One SFTP session with a pinned host key."""

import base64
import re
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

import paramiko
from paramiko.pkey import UnknownKeyType

from connectors.file_drop.places import Entry, Stream
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, AgencyUnavailable, DeliveryBroken, DeliveryIncomplete

_TIMEOUT: Final = 10.0
_SILENCE: Final = 60.0
_LATER: Final = "It is tried again; if it lasts, call the agency"
_NO_ANSWER: Final = "the agency is not available: its SFTP server does not answer"
# The driver tells a line that broke while we signed in as it tells a refusal.
_CUT_OFF: Final = re.compile("transport shut down|timeout", re.IGNORECASE)
_REQUEST: Final = 128 * 1024
_WINDOW: Final = 16 * _REQUEST  # asked for at once: fills a long line, bounds the memory
# How much may be on its way unacknowledged. What is asked for bounds it anyway; the driver's own window of 2 MiB makes
# the server stop and wait, at half the speed.
_CHANNEL: Final = 128 * 1024 * 1024
_PACKET: Final = 32 * 1024


@contextmanager
def sftp(where: str, credentials: Credentials) -> Iterator["Sftp"]:
    """A session with the server that owns `host_key` and with no other.

    Connection: `host`, `port`, `login`, `password`; extra `host_key`, as in known_hosts: `ssh-ed25519 AAAA…`; for login
    by key `key_file`, whose passphrase then is the password.

    Raises AgencyUnavailable, AccessDenied; DeliveryIncomplete where a file or folder asked for is not there.
    """
    try:
        with closing(paramiko.SSHClient()) as ssh:
            _connect(ssh, where, credentials)
            with closing(_session(ssh)) as client:
                if channel := client.get_channel():
                    channel.settimeout(_SILENCE)
                yield Sftp(client, f"the SFTP server {credentials.host}")
    except paramiko.BadHostKeyException:
        raise AccessDenied(
            where, "the server shows another host key than the pinned one", "Ask the agency before trusting the new key"
        ) from None
    except paramiko.AuthenticationException as error:
        if _CUT_OFF.search(str(error)):
            raise AgencyUnavailable(where, _NO_ANSWER, _LATER) from None
        raise AccessDenied(where, "the server refused login or password", "Correct the connection") from None
    except FileNotFoundError:
        raise DeliveryIncomplete(where, "the folder or a file of the delivery is not there", _LATER) from None
    except PermissionError:
        raise AccessDenied(
            where, "the server does not let us read the delivery", "Ask the agency for the right"
        ) from None
    except (paramiko.SSHException, paramiko.SFTPError, OSError, EOFError):
        raise AgencyUnavailable(where, _NO_ANSWER, _LATER) from None
    except UnicodeDecodeError:
        raise DeliveryBroken(
            where, "a file in the folder has a name that is not UTF-8", "Ask the agency to rename it"
        ) from None


class Sftp:
    """What the server shows us."""

    def __init__(self, client: paramiko.SFTPClient, title: str) -> None:
        self._client = client
        self.title = title

    def files(self, folder: str) -> dict[str, Entry]:
        found = {one.filename: one for one in self._client.listdir_attr(folder)}
        kinds = {name: stat.S_IFMT(one.st_mode or 0) for name, one in found.items()}
        # Where a link leads is the server's business; what it leads to has to be looked at.
        links = {name: self._client.stat(f"{folder}/{name}") for name, kind in kinds.items() if kind == stat.S_IFLNK}
        plain = {name: one for name, one in found.items() if kinds[name] in (stat.S_IFREG, 0)}
        return {name: Entry(one.st_size or 0, one.st_mtime or 0) for name, one in (plain | links).items()}

    def folders(self, folder: str) -> list[str]:
        found = self._client.listdir_attr(folder)
        return sorted(one.filename for one in found if stat.S_ISDIR(one.st_mode or 0))

    @contextmanager
    def open(self, path: str) -> Iterator[Stream]:
        with self._client.open(path) as file:
            yield _Windows(file)

    def move(self, path: str, target: str) -> None:
        folder = target.rpartition("/")[0]
        try:
            self._client.stat(folder)
        except FileNotFoundError:
            self._client.mkdir(folder)
        try:
            self._client.posix_rename(path, target)
        except PermissionError:
            raise
        except OSError:  # a server without this extension does not replace what is there
            self._client.remove(target)
            self._client.rename(path, target)


class _Windows:
    """A remote file, many requests of it on their way at once."""

    def __init__(self, file: paramiko.SFTPFile) -> None:
        self._file, self._at = file, 0
        self._size = int(file.stat().st_size or 0)

    def read(self, size: int, /) -> bytes:
        end = min(self._at + min(size, _WINDOW), self._size)
        asked = [(at, min(_REQUEST, end - at)) for at in range(self._at, end, _REQUEST)]
        window = b"".join(self._file.readv(asked)) if asked else b""
        if len(window) < end - self._at:
            raise EOFError("the file is shorter than the server said")
        self._at = end
        return window


def _session(ssh: paramiko.SSHClient) -> paramiko.SFTPClient:
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
