"""What a channel does, and what it is given."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NewType

from hedui.model.channels import Language
from hedui.model.facts import Document

Receipt = NewType("Receipt", str)
"""What the other side said when it had taken something in: one line, to be shown."""

_LONGEST = 300


@dataclass(frozen=True)
class Sending:
    """What one agency receives at once.

    `reference` is the same however often it is sent: by it the other side can tell that it has it already. It serves as
    the name of a file or folder, too.
    """

    agency: str
    reference: str
    language: Language
    subject: str
    text: str
    documents: tuple[Document, ...] = ()

    @property
    def files(self) -> tuple[Document, ...]:
        """The documents, or the text as one where there is none: for channels that carry files alone."""
        return self.documents or (self._letter(),)

    def _letter(self) -> Document:
        # With the mark by which Windows tells UTF-8.
        text = f"\ufeff{self.subject}\r\n\r\n{self.text}\r\n".encode()
        return Document(f"{self.reference}.txt", "text/plain", text)


class Channel(ABC):
    """One agency's way to receive. Implement `send`.

    The constructor opens nothing: errors of the network belong to sending.
    """

    @abstractmethod
    def send(self, sending: Sending) -> Receipt:
        """Hand everything over and return what the other side said. Called again, it sends again.

        Raises AgencyUnavailable (try again); AccessDenied, ReportRefused, DeliveryBroken (a person must act). Then the
        other side has nothing, or does not say that it has.
        """


def receipt(text: str) -> Receipt:
    """The other side's words on one line of bounded length, without signs that a terminal would obey."""
    return Receipt("".join(sign if sign.isprintable() else " " for sign in text)[:_LONGEST].strip())
