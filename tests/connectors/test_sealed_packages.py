"""A sealed package opens for its reader alone, and only if not one byte of it changed."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from hedui.model.errors import AccessDenied, DeliveryBroken
from hedui.sealing import MAGIC, open_sealed, read_header, seal

READER, WRITER = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
HEADER = {"sender": "police", "sequence": 7, "last_of": "2026-06-30"}
PACKAGE = seal("姓名,䶮".encode(), HEADER, READER.public_key(), WRITER)

headers = st.dictionaries(
    st.text(max_size=12).filter(lambda k: k != "ephemeral_key"), st.text(max_size=20) | st.integers()
)


def opened(package: bytes) -> tuple[dict[str, str | int], bytes]:
    return open_sealed(package, READER, WRITER.public_key())


@given(st.binary(max_size=2000), headers)
def test_what_is_sealed_opens_unchanged(payload, header):
    assert opened(seal(payload, header, READER.public_key(), WRITER)) == (header, payload)


@given(st.integers(0, len(PACKAGE) - 1), st.integers(1, 255))
def test_a_package_with_any_byte_changed_is_broken(place, difference):
    changed = bytearray(PACKAGE)
    changed[place] ^= difference
    with pytest.raises(DeliveryBroken):
        opened(bytes(changed))


@given(st.integers(0, len(PACKAGE) - 1))
def test_a_package_cut_anywhere_is_broken(end):
    with pytest.raises(DeliveryBroken):
        opened(PACKAGE[:end])


@given(st.binary(min_size=1, max_size=100))
def test_a_package_with_something_after_it_is_broken(more):
    with pytest.raises(DeliveryBroken):
        opened(PACKAGE + more)


def test_the_header_of_another_package_does_not_fit():
    other = seal(b"other", {**HEADER, "sequence": 8}, READER.public_key(), WRITER)
    with pytest.raises(DeliveryBroken, match="signature"):
        opened(_preamble(other) + PACKAGE[len(_preamble(PACKAGE)) :])


def test_a_package_signed_by_somebody_else_is_broken():
    forged = seal(b"", HEADER, READER.public_key(), Ed25519PrivateKey.generate())
    with pytest.raises(DeliveryBroken, match="signature"):
        opened(forged)


def test_a_writer_who_swaps_headers_and_signs_again_is_noticed():
    """The header is bound into the key too: a signature alone does not make another header fit the content."""
    other = _preamble(seal(b"other", {**HEADER, "sequence": 8}, READER.public_key(), WRITER))
    body = other + PACKAGE[len(_preamble(PACKAGE)) : -64]
    with pytest.raises(AccessDenied):
        opened(body + WRITER.sign(body))


def test_a_package_for_another_reader_is_refused():
    with pytest.raises(AccessDenied, match="another key"):
        open_sealed(PACKAGE, X25519PrivateKey.generate(), WRITER.public_key())


def test_the_header_is_readable_without_any_key():
    assert read_header(PACKAGE[:500]) == HEADER


def test_the_content_is_not():
    assert "䶮".encode() not in PACKAGE


@pytest.mark.parametrize("claimed", [0, 5, 1 << 30])
def test_a_header_that_lies_about_its_length_is_broken(claimed):
    with pytest.raises(DeliveryBroken):
        read_header(MAGIC + claimed.to_bytes(4, "big") + b"{}")


def _preamble(package: bytes) -> bytes:
    start = len(MAGIC) + 4
    return package[: start + int.from_bytes(package[len(MAGIC) : start], "big")]
