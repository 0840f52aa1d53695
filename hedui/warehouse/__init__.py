"""The shared warehouse: pseudonymised tables that all rules of a programme read, and the SQL door beside it.

Apache Iceberg tables, appended to and never changed; what is current is a view. Never holds a raw identifier or a key.
"""

from hedui.warehouse.engine import Engine
from hedui.warehouse.snapshots import TooMuchMissing, WholeDelivery
from hedui.warehouse.tables import Loaded, Warehouse

__all__ = ["Engine", "Loaded", "TooMuchMissing", "Warehouse", "WholeDelivery"]
