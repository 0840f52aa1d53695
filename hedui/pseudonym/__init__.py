"""The vault: the only place where an identifier and its pseudonym meet.

Holds the pseudonym keys. May import `hedui.model` and `hedui.identifiers`; is called by `hedui.pipeline` alone.
"""

from hedui.pseudonym.vault import Pseudonym, RawId, Vault

__all__ = ["Pseudonym", "RawId", "Vault"]
