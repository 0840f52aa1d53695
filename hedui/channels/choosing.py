"""Which channel an agency's contract asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hedui.channels.base import Channel
from hedui.model.channels import MailChannel, ReportChannel, SealedChannel, SftpChannel, WebhookChannel
from hedui.model.credentials import Credentials


@dataclass(frozen=True)
class Site:
    """What is ours and goes into a channel: the folder of sealed packages, and the key that signs them."""

    outbox: Path
    signing_key: Callable[[], Ed25519PrivateKey]


def channel_for(agency: str, declared: ReportChannel, credentials: Credentials, site: Site) -> Channel:
    """The channel that a contract declares. Opens nothing yet; a driver is imported when it is asked for."""
    match declared:
        case SftpChannel():
            from hedui.channels.sftp import SftpReports

            return SftpReports(agency, declared, credentials)
        case SealedChannel():
            from hedui.channels.sealed import SealedReports

            return SealedReports(agency, declared, credentials, site.outbox / agency, site.signing_key)
        case MailChannel():
            from hedui.channels.mail import MailReports

            return MailReports(agency, declared, credentials)
        case WebhookChannel():
            from hedui.channels.webhook import WebhookReports

            return WebhookReports(agency, declared, credentials)
