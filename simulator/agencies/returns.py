"""The supervision office: an SFTP server on which lists that were answered are laid, by whoever receives them."""

import asyncio
import sys
from pathlib import Path

from hedui.model.sources import FileDropSource
from simulator.agencies import feed
from simulator.agencies.process import own_folder
from simulator.agencies.sftp import INBOX, serve


def main(agency: str, folder: Path) -> None:
    own = own_folder(agency, folder)
    sources = [dataset.source for dataset in feed.datasets_of(agency)]
    for below in (INBOX, *(source.folder.strip("/") for source in sources if isinstance(source, FileDropSource))):
        (own / "root" / below).mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(own, own / "root"))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
