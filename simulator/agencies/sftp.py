"""Human resources, finance and agriculture: an SFTP server of their own each.

Deliveries can be fetched from it, and reports can be put into its folder `inbox`.
"""

import asyncio
import posixpath
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

import asyncssh

from simulator.agencies import feed, outbox
from simulator.agencies.process import announce, end_of_parent, kept, kept_password, own_folder, remember, unchanged

LOGIN: Final = "hedui"
INBOX: Final = "inbox"


def main(agency: str, folder: Path) -> None:
    own = own_folder(agency, folder)
    root = own / "root"
    feeds = feed.feed_files(agency, folder)
    if not (root.exists() and unchanged(own, feeds)):
        shutil.rmtree(root, ignore_errors=True)
        for dataset in feed.datasets_of(agency):
            outbox.fill(dataset, folder, root)
        remember(own, feeds)
    (root / INBOX).mkdir(exist_ok=True)
    asyncio.run(serve(own, root))


async def serve(own: Path, root: Path) -> None:
    """Show `root` to whoever has the password in `own`, until the parent ends."""
    key = asyncssh.import_private_key(kept(own / "host.key", _new_host_key))
    async with outbox_server(root, key, kept_password(own / "password")) as reached:
        announce(**reached)
        await end_of_parent()


@asynccontextmanager
async def outbox_server(root: Path, key: asyncssh.SSHKey, password: str) -> AsyncIterator[dict[str, object]]:
    """A server whose visitors see the folder `root` and nothing else, while it runs; how to reach it."""
    server = await asyncssh.create_server(
        lambda: _SignIn(password),
        "127.0.0.1",
        0,
        server_host_keys=[key],
        sftp_factory=lambda channel: _Folders(channel, chroot=bytes(root)),
    )
    async with server:
        yield {
            "conn_type": "sftp",
            "host": "127.0.0.1",
            "port": server.get_port(),
            "login": LOGIN,
            "password": password,
            "extra": {"host_key": " ".join(key.export_public_key().decode().split()[:2])},
        }


class _SignIn(asyncssh.SSHServer):
    def __init__(self, password: str) -> None:
        self._password = password

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return username == LOGIN and password == self._password


class _Folders(asyncssh.SFTPServer):
    """What is there can be listed and read; only below the inbox can anything be changed."""

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if pflags & ~asyncssh.FXF_READ:
            _refuse_outside(path)
        return super().open(path, pflags, attrs)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        _refuse_outside(path)
        return super().mkdir(path, attrs)

    def remove(self, path: bytes) -> Any:
        _refuse_outside(path)
        return super().remove(path)

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        _refuse_outside(oldpath, newpath)
        return super().rename(oldpath, newpath)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        _refuse_outside(oldpath, newpath)
        return super().posix_rename(oldpath, newpath)

    def _refuse(self, *_: object) -> None:
        raise asyncssh.SFTPPermissionDenied("read only")

    rmdir = setstat = lsetstat = symlink = link = cast(Any, _refuse)


def _refuse_outside(*paths: bytes) -> None:
    for path in paths:
        if not posixpath.normpath(b"/" + path.lstrip(b"/")).startswith(f"/{INBOX}/".encode()):
            raise asyncssh.SFTPPermissionDenied("read only")


def _new_host_key() -> bytes:
    return asyncssh.generate_private_key("ssh-ed25519").export_private_key()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
