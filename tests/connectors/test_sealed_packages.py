"""A sealed package opens for its readers alone, and only if not one byte of it changed."""

import base64
import io
import os
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from hedui.model.errors import AccessDenied, DeliveryBroken, DeliveryIncomplete
from hedui.sealing import (
    MAGIC,
    key_id,
    open_sealed,
    private_keys,
    public_keys,
    read_header,
    seal,
    sender_keys,
    verified,
)
from hedui.sealing.ciphers import CIPHERS, SM4
from hedui.sealing.package import SEGMENT
from hedui.sealing.reading import to_sign

READER, WRITER = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
RSA = generate_private_key(65537, 3072)
HEADER = {"sender": "police", "sequence": 7, "last_of": "2026-06-30"}
PACKAGE = seal("姓名,䶮".encode(), HEADER, [READER.public_key()], WRITER)

headers = st.dictionaries(st.text(max_size=12).filter(lambda k: k != "sealing"), st.text(max_size=20) | st.integers())


def opened(package: bytes) -> tuple[dict[str, str | int], bytes]:
    return open_sealed(package, READER, WRITER.public_key())


@given(st.binary(max_size=2000), headers, st.sampled_from(CIPHERS))
def test_what_is_sealed_opens_unchanged(payload, header, cipher):
    assert opened(seal(payload, header, [READER.public_key()], WRITER, cipher)) == (header, payload)


@pytest.mark.parametrize("length", [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT])
@pytest.mark.parametrize("cipher", CIPHERS)
def test_segments_change_nothing(length, cipher):
    payload = os.urandom(length)
    assert opened(seal(payload, HEADER, [READER.public_key()], WRITER, cipher))[1] == payload


def test_each_of_several_readers_opens_it():
    package = seal(b"x", HEADER, [RSA.public_key(), READER.public_key()], WRITER, SM4)
    assert opened(package) == open_sealed(package, RSA, WRITER.public_key()) == (HEADER, b"x")


@given(st.integers(0, len(PACKAGE) - 1), st.integers(1, 255))
def test_a_package_with_any_byte_changed_does_not_pass(place, difference):
    changed = bytearray(PACKAGE)
    changed[place] ^= difference
    with pytest.raises((DeliveryBroken, DeliveryIncomplete)):  # a number in the header may now ask for more bytes
        opened(bytes(changed))


@given(st.integers(0, len(PACKAGE) - 1))
def test_a_package_cut_anywhere_is_not_whole(end):
    with pytest.raises(DeliveryIncomplete):
        opened(PACKAGE[:end])


@given(st.binary(min_size=1, max_size=100))
def test_a_package_with_something_after_it_is_broken(more):
    with pytest.raises(DeliveryBroken):
        opened(PACKAGE + more)


def test_the_header_of_another_package_does_not_fit():
    other = seal("姓名,䶮".encode(), {**HEADER, "sequence": 8}, [READER.public_key()], WRITER)
    with pytest.raises(DeliveryBroken, match="signature"):
        opened(_preamble(other) + PACKAGE[len(_preamble(PACKAGE)) :])


def test_a_package_signed_by_somebody_else_is_broken_and_the_key_is_named():
    other = Ed25519PrivateKey.generate()
    with pytest.raises(DeliveryBroken, match=f"signature is of the key {key_id(other.public_key())}"):
        opened(seal(b"", HEADER, [READER.public_key()], other))


def test_who_claims_the_writers_key_must_sign_with_it():
    other = Ed25519PrivateKey.generate()
    forged = seal(b"", HEADER, [READER.public_key()], other)
    ids = [key_id(key.public_key()).encode() for key in (other, WRITER)]
    with pytest.raises(DeliveryBroken, match="does not fit"):
        opened(forged.replace(*ids))


def test_a_writer_who_swaps_headers_and_signs_again_is_noticed():
    """The header is bound to the segments too: a signature alone does not make another header fit the content."""
    other = PACKAGE[:-64].replace(b'"sequence": 7', b'"sequence": 8')
    with pytest.raises(DeliveryBroken, match="sealed wrongly"):
        opened(other + WRITER.sign(to_sign(sha256(other).digest())))


def test_a_package_exchanged_after_it_was_verified_does_not_open():
    large = seal(os.urandom(2 * SEGMENT), HEADER, [READER.public_key()], WRITER)
    stream = io.BytesIO(large)
    payload = verified(stream, [WRITER.public_key()]).opened([READER])
    stream.seek(-100, io.SEEK_END)
    stream.write(b"0")
    with pytest.raises(DeliveryBroken, match="changed while it was read"):
        payload.readall()


def test_segments_that_changed_places_do_not_open():
    """Not even if the writer signs them so."""
    large = seal(os.urandom(2 * SEGMENT), HEADER, [READER.public_key()], WRITER)
    start, size = len(_preamble(large)), SEGMENT + 16
    stream = io.BytesIO(large)
    payload = verified(stream, [WRITER.public_key()]).opened([READER])
    stream.seek(start)
    stream.write(large[start + size : start + 2 * size] + large[start : start + size])
    with pytest.raises(DeliveryBroken):
        payload.readall()


def test_the_content_can_be_read_from_any_place():
    content = os.urandom(3 * SEGMENT + 5)
    package = io.BytesIO(seal(content, HEADER, [READER.public_key()], WRITER))
    payload = io.BufferedReader(verified(package, [WRITER.public_key()]).opened([READER]), 100)
    for start, size in [(2 * SEGMENT - 3, 9), (0, 5), (3 * SEGMENT, 50), (7, 2 * SEGMENT)]:
        payload.seek(start)
        assert payload.read(size) == content[start : start + size]
    assert payload.seek(-5, io.SEEK_END) == len(content) - 5


def test_a_package_for_other_readers_is_refused_and_says_for_whom_it_is():
    with pytest.raises(AccessDenied, match=f"for another key: {key_id(READER.public_key())}"):
        open_sealed(PACKAGE, X25519PrivateKey.generate(), WRITER.public_key())


def test_old_keys_of_both_sides_stay_good_beside_new_ones():
    keys = [X25519PrivateKey.generate(), RSA, READER]
    writers = [Ed25519PrivateKey.generate().public_key(), WRITER.public_key()]
    assert verified(io.BytesIO(PACKAGE), writers).opened(keys).readall() == "姓名,䶮".encode()


def test_the_header_is_readable_without_any_key():
    assert read_header(PACKAGE[:-1]) == HEADER


def test_the_content_is_not():
    assert "䶮".encode() not in PACKAGE


def test_one_content_sealed_twice_looks_different_each_time():
    assert seal(b"x" * 50, HEADER, [READER.public_key()], WRITER)[-114:-64] not in seal(
        b"x" * 50, HEADER, [READER.public_key()], WRITER
    )


@pytest.mark.parametrize("claimed", [0, 2, 5, 1 << 30])
def test_a_header_that_lies_about_its_length_does_not_pass(claimed):
    with pytest.raises((DeliveryBroken, DeliveryIncomplete)):
        read_header(MAGIC + claimed.to_bytes(4, "big") + b"{}")


@pytest.mark.parametrize(
    "header",
    [
        "[]", "{}", "1", "[" * 9000, '{"sealing": 1}', '{"sealing": {"readers": 1}}', '{"a": [], "sealing": {}}',
        '{"sealing": {"cipher": "x", "length": -1, "signer": "0123456789abcdef", "readers": []}}',
        '{"sealing": {"cipher": "x", "length": true, "signer": "0123456789abcdef", "readers": []}}',
        '{"sealing": {"cipher": "x", "length": 1, "signer": "\\n", "readers": []}}',
        '{"sealing": {"cipher": "x", "length": 1, "signer": "0123456789abcdef", "readers": [[]]}}',
        '{"a": 1.5, "sealing": {"cipher": "x", "length": 1, "signer": "0123456789abcdef", "readers": []}}',
    ],
)  # fmt: skip
def test_a_header_of_another_shape_is_broken(header):
    with pytest.raises(DeliveryBroken, match="header cannot be read"):
        read_header(MAGIC + len(header).to_bytes(4, "big") + header.encode())


@pytest.mark.parametrize("header", [{"sealing": "mine"}, {"note": "x" * 17_000}])
def test_a_header_that_could_not_be_read_again_is_not_written(header):
    with pytest.raises(ValueError, match="header"):
        seal(b"", header, [READER.public_key()], WRITER)


def test_keys_come_as_pem_and_as_base64_one_or_several():
    pem = RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    raw = base64.b64encode(READER.private_bytes_raw()).decode()
    for text in (f"{pem}\n{raw}", f"{pem};{raw}", f"{raw}\n\n{raw} {pem}"):
        assert {key_id(key.public_key()) for key in private_keys(text)} == {
            key_id(RSA.public_key()),
            key_id(READER.public_key()),
        }


def test_keys_of_another_kind_or_too_short_are_refused():
    weak = generate_private_key(65537, 2048)
    with pytest.raises(ValueError, match="2048 bits"):
        public_keys(weak.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
    with pytest.raises(ValueError, match="no writer's public key"):
        sender_keys(RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
    damaged = "\n".join(["-----BEGIN PUBLIC KEY-----", "AAAA", "-----END PUBLIC KEY-----"])
    for text in ("short", "!", damaged):
        with pytest.raises(ValueError, match="cannot be read"):
            private_keys(text)


def _preamble(package: bytes) -> bytes:
    start = len(MAGIC) + 4
    return package[: start + int.from_bytes(package[len(MAGIC) : start], "big")]
