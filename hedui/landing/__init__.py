"""Landing and quarantine: batches wait here, as delivered, encrypted at rest.

Holds raw rows and the keys of their files; knows nothing of tokens, suites or the warehouse.
"""

from hedui.landing.delivery import Delivery, Enough, deliver, deliver_on
from hedui.landing.encrypted import EncryptedFiles

__all__ = ["Delivery", "EncryptedFiles", "Enough", "deliver", "deliver_on"]
