"""`hedui seal`, which agencies also run as `python -m hedui.sealing`: reads what it is told, refuses nonsense."""

import os
import re
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hedui.model.errors import HeduiError, TerminalError
from hedui.sealing.ciphers import AES, SM4
from hedui.sealing.filling import Reading, filled, form_of
from hedui.sealing.keys import key_id, private_keys, public_keys, sender_keys, signing_keys
from hedui.sealing.opening import unpack
from hedui.sealing.package import Header
from hedui.sealing.sending import Sender, room, send

_CHINA: Final = timezone(timedelta(hours=8))  # without a table of time zones, which some systems lack
_DATASET: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_CIPHERS: Final = {"aes": AES, "sm4": SM4}
_QUIET: Final = 2.0  # seconds before progress is shown
_RSA_BITS: Final = 4096
_ABOUT: Final = (
    "Seal files as numbered packages that only the readers open, and put them into a gateway's folder. With `open` as "
    "the first word: unpack what was sealed for us."
)
K = TypeVar("K")


def main(arguments: Sequence[str] | None = None, program: str = "hedui-seal.pyz") -> None:
    """Exit code 1 and one line where something is refused, 2 where it was called wrongly."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["keys"]:
            _make_keys(_keys_parser(program).parse_args(given[1:]))
        elif given[:1] == ["open"]:
            _open(_open_parser(program).parse_args(given[1:]))
        else:
            _seal(_parser(program).parse_args(given))
    except HeduiError as error:
        sys.exit(f"{error}")


def _seal(given: Namespace) -> None:
    files, (start, end) = [Path(file) for file in given.files], _period(given)
    if not _DATASET.fullmatch(given.dataset):
        raise TerminalError("--dataset", "it has not the form agency.dataset", "Ask for the dataset's name")
    form = form_of(files)
    header: Header = {"sender": given.sender, "dataset": given.dataset, "format": form}
    header |= {"from": start.isoformat(), "to": end.isoformat()}
    reading = Reading(given.encoding, _delimiter(given, files[0]))
    contents = filled(files, form, reading, room(_limit(given)))
    progress = _Progress()
    try:
        sent = send(_sender(given), contents, header, _closing(given, end), progress)
    except OSError as error:
        raise TerminalError(given.into, f"writing failed: {error.strerror}", "Check folder, rights and space") from None
    for file in sent:
        _say(f"{file}  {file.stat().st_size / 1024 / 1024:.1f} MiB" if file.exists() else f"{file}")
    _say(f"{progress.rows} rows in {len(sent)} packages")
    if not given.closes:
        _say("No day is closed: the reader waits for more. Say --closes with the last day once nothing follows.")


def _open(given: Namespace) -> None:
    keys = [key for file in given.key for key in _read_keys(file, private_keys)]
    senders = _read_keys(given.sender_key, sender_keys)
    for package in map(Path, given.packages):
        try:
            files = unpack(package, keys, senders, Path(given.into))
        except OSError as error:
            raise TerminalError(package.name, f"{error.strerror}", "Check names, rights and space") from None
        for file in files:
            _say(f"{file}")


def _period(given: Namespace) -> tuple[datetime, datetime]:
    start, end = _moment("--from", given.start), _moment("--to", given.end)
    if start >= end:
        raise TerminalError("--to", "the period ends before it begins", "Name the first moment after it")
    if end > datetime.now(UTC):
        raise TerminalError("--to", "the period is not over, or this computer's clock is wrong", "Wait for its end")
    return start, end


def _moment(option: str, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise TerminalError(option, "this is no day and no moment", "Write 2026-06-30 or 2026-06-30T12:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=_CHINA)


def _closing(given: Namespace, end: datetime) -> Header:
    last = (end - timedelta(microseconds=1)).astimezone(_CHINA).date().isoformat()
    if given.closes and (given.closes != last or end.astimezone(_CHINA).time() != datetime.min.time()):
        raise TerminalError("--closes", "the period does not end with this day", "Name the day before --to, whole")
    return {"last_of": last} if given.closes else {}


def _limit(given: Namespace) -> int:
    if given.limit_mib < 1:
        raise TerminalError("--limit-mib", "nothing fits", "Name 1 at least")
    return int(given.limit_mib) * 1024 * 1024


def _delimiter(given: Namespace, file: Path) -> str:
    said = given.delimiter if given.delimiter is not None else "\t" if file.suffix.lower() == ".tsv" else ","
    delimiter = "\t" if said in ("\\t", "tab") else str(said)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise TerminalError("--delimiter", "it has to be one character", "Write ';' for a semicolon, tab for a tab")
    return delimiter


def _sender(given: Namespace) -> Sender:
    signing, into, keep = Path(given.signing_key), Path(given.into), Path(given.keep) if given.keep else None
    for folder in filter(None, (into, keep)):
        if not folder.is_dir():
            raise TerminalError(str(folder), "this folder is not there", "Is the gateway's folder mounted?")
    readers = [key for file in given.recipient for key in _read_keys(file, public_keys)]
    writers = _read_keys(given.signing_key, signing_keys)
    if len(writers) != 1:
        raise TerminalError(signing.name, "it holds several keys", "Keep one signing key to a file")
    numbers = signing.with_name(f"{signing.name}.numbers")
    return Sender(writers[0], readers, _CIPHERS[given.cipher], into, numbers, keep)


def _read_keys(file: str, read: Callable[[str], list[K]]) -> list[K]:
    try:
        return read(Path(file).read_text("ascii"))
    except (OSError, UnicodeError):
        raise TerminalError(file, "this key file cannot be read", "Check its name and your rights") from None
    except ValueError as error:
        raise TerminalError(file, str(error), "Check that it is the right file") from None


class _Progress:
    """Rows that were sealed, shown once it takes longer."""

    def __init__(self) -> None:
        self.rows = 0
        self._shown = time.monotonic()

    def __call__(self, rows: int) -> None:
        self.rows += rows
        if time.monotonic() - self._shown > _QUIET:
            self._shown = time.monotonic()
            print(f"{self.rows} rows", file=sys.stderr, flush=True)  # noqa: T201


def _make_keys(given: Namespace) -> None:
    folder, name = Path(given.folder), "recipient" if given.recipient or given.rsa else "sender"
    key: Ed25519PrivateKey | X25519PrivateKey | RSAPrivateKey = Ed25519PrivateKey.generate()
    if name == "recipient":
        key = generate_private_key(65537, _RSA_BITS) if given.rsa else X25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_new(folder / f"{name}.pem", private, 0o400)
        _write_new(folder / f"{name}.pub.pem", public, 0o644)
    except FileExistsError:
        raise TerminalError(str(folder), f"there is a {name}'s key already", "Name another folder") from None
    except OSError as error:
        raise TerminalError(str(folder), f"writing failed: {error.strerror}", "Check folder and rights") from None
    _say(f"{folder / name}.pem      keep it secret\n{folder / name}.pub.pem  give it to the other side")
    _say(f"key {key_id(key.public_key())}: tell the other side by telephone, so that nobody exchanges it on the way")


def _write_new(file: Path, content: bytes, mode: int) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        out.write(content)


def _parser(program: str) -> ArgumentParser:
    parser = ArgumentParser(program, description=_ABOUT, epilog=f"`{program} keys --help`: keys for both sides.")
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE", help="CSV (.csv, .tsv), JSON lines (.jsonl) or Parquet (.parquet)")
    add("--dataset", required=True, help="its name on the reader's side: agency.dataset")
    add("--from", dest="start", required=True, help="first moment of the period, e.g. 2026-06-30")
    add("--to", dest="end", required=True, help="first moment after it")
    add("--sender", required=True, help="the name that was agreed for the sender, e.g. police")
    add("--recipient", required=True, action="append", help="a reader's public key; several: say it again")
    add("--signing-key", required=True, help="the sender's private key; the highest number used is kept beside it")
    add("--into", required=True, help="the gateway's folder")
    add("--closes", metavar="DAY", help="nothing of this day comes after: the reader may load it")
    add("--keep", metavar="FOLDER", help="keep a copy of each package, in case one is lost on the way")
    add("--cipher", choices=_CIPHERS, default="aes")
    add("--limit-mib", type=int, default=64, help="no package is larger (%(default)s)")
    add("--encoding", default="utf-8", help="of text files, e.g. gb18030 (%(default)s)")
    add("--delimiter", help="of CSV, e.g. ';' or tab (comma; of .tsv the tab)")
    return parser


def _keys_parser(program: str) -> ArgumentParser:
    parser = ArgumentParser(
        f"{program} keys", description="Make a key pair: a sender's, or with --recipient a reader's."
    )
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--recipient", action="store_true", help="a reader's pair, X25519")
    parser.add_argument("--rsa", action="store_true", help="a reader's pair, RSA")
    return parser


def _open_parser(program: str) -> ArgumentParser:
    parser = ArgumentParser(f"{program} open", description="Unpack reports and lead sheets that were sealed for us.")
    parser.add_argument("packages", nargs="+", metavar="PACKAGE")
    parser.add_argument("--key", required=True, action="append", help="our private key; several: say it again")
    parser.add_argument("--sender-key", required=True, help="the sender's public key")
    parser.add_argument("--into", required=True, help="a folder, in which each package gets one of its own")
    return parser


def _say(line: str) -> None:
    print(line)  # noqa: T201
