"""A sealed package in a folder of ours, from which a gateway or a courier takes it."""

import fcntl
import hashlib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hedui.channels.base import Channel, Receipt, Sending, receipt
from hedui.model.channels import SealedChannel
from hedui.model.credentials import Credentials
from hedui.model.errors import AccessDenied, TerminalError
from hedui.sealing import public_keys
from hedui.sealing.ciphers import AES, SM4
from hedui.sealing.filling import Rows
from hedui.sealing.keys import ReaderPublic
from hedui.sealing.package import Header
from hedui.sealing.sending import Sender, send


class SealedReports(Channel):
    """Numbered packages that only the agency opens; the content is a ZIP archive of the documents.

    Connection: extra `report_public_key`, the agency's, in PEM or base64; extra `report_cipher`, aes or sm4. Nobody
    answers: the receipt is number and digest of the package, which the agency can read out on the telephone.
    """

    def __init__(
        self,
        agency: str,
        declared: SealedChannel,
        credentials: Credentials,
        outbox: Path,
        signing_key: Callable[[], Ed25519PrivateKey],
    ) -> None:
        self._agency, self._credentials, self._signing_key = agency, credentials, signing_key
        self._into = outbox / declared.folder
        self._numbers = outbox / f"{declared.folder}.numbers"

    def send(self, sending: Sending) -> Receipt:
        header: Header = {"kind": "report", "agency": self._agency, "reference": sending.reference}
        archive = Rows(_zipped(sending), len(sending.files))
        readers = self._readers()
        try:
            self._into.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _one_after_the_other(self._numbers):
                [package] = send(self._sender(readers), [archive], header, {}, lambda _: None)
            digest = hashlib.sha256(package.read_bytes()).hexdigest()
        except OSError as error:
            raise TerminalError(
                self._agency,
                f"its report cannot be written into the outbox ({type(error).__name__})",
                "Check rights and space of HEDUI_HOME/outbox",
            ) from None
        return receipt(f"{package.name} sha256:{digest}")

    def _sender(self, readers: list[ReaderPublic]) -> Sender:
        cipher = SM4 if self._credentials.secret("report_cipher") == "sm4" else AES
        return Sender(self._signing_key(), readers, cipher, self._into, self._numbers)

    def _readers(self) -> list[ReaderPublic]:
        try:
            return public_keys(self._credentials.secret("report_public_key"))
        except ValueError as error:
            raise AccessDenied(
                self._agency,
                f"the connection's `report_public_key` is of no use: {error}",
                "Ask the agency for its public key",
            ) from None


def _zipped(sending: Sending) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for document in sending.files:
            archive.writestr(document.name, document.content)
    return content.getvalue()


@contextmanager
def _one_after_the_other(numbers: Path) -> Iterator[None]:
    """Two reports at once wait for each other; `send` itself would refuse the second."""
    with numbers.with_name(f"{numbers.name}.queue").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
