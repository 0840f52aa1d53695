"""Ways to hand an agency its reports: one module per kind of channel, chosen by the agency's contract.

May import `hedui.model`, `hedui.sealing`, the sessions of `connectors` and drivers. Never knows keys of the landing
zone or of pseudonyms, the ledger or the warehouse. Documents pass through in memory: nothing is written unsealed to a
disk of ours, and no error quotes an address, a document or what a server said.
"""

from hedui.channels.base import Channel, Receipt, Sending
from hedui.channels.choosing import Site, channel_for

__all__ = ["Channel", "Receipt", "Sending", "Site", "channel_for"]
