"""Human resources, finance and agriculture: an SFTP server of their own each, from which deliveries can be fetched."""

import asyncio
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


def main(agency: str, folder: Path) -> None:
    own = own_folder(agency, folder)
    root = own / "root"
    feeds = feed.feed_files(agency, folder)
    if not (root.exists() and unchanged(own, feeds)):
        shutil.rmtree(root, ignore_errors=True)
        for dataset in feed.datasets_of(agency):
            outbox.fill(dataset, folder, root)
        remember(own, feeds)
    asyncio.run(_serve(own, root))


async def _serve(own: Path, root: Path) -> None:
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
        sftp_factory=lambda channel: _ReadOnly(channel, chroot=bytes(root)),
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


class _ReadOnly(asyncssh.SFTPServer):
    """An outbox: what is there can be listed and read."""

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        if pflags & ~asyncssh.FXF_READ:
            raise asyncssh.SFTPPermissionDenied("read only")
        return super().open(path, pflags, attrs)

    def _refuse(self, *_: object) -> None:
        raise asyncssh.SFTPPermissionDenied("read only")

    remove = rename = posix_rename = mkdir = rmdir = setstat = lsetstat = symlink = link = cast(Any, _refuse)


def _new_host_key() -> bytes:
    return asyncssh.generate_private_key("ssh-ed25519").export_private_key()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
