"""Laws of the tokens: equal in, equal out; different in, different out; only the key leads back."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedui.keys import Keyring
from hedui.pseudonym import Pseudonym, RawId, Vault
from hedui.pseudonym.packing import hash_block, pack, unpack

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
identifiers = st.text(ALPHABET, min_size=1, max_size=24)
anything = st.text(max_size=40)
PERSON = RawId("11010519491231002X")


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return Vault(Keyring(tmp_path_factory.mktemp("keys")))


def strings(*values: str | None) -> pa.StringArray:
    return pa.array(values, pa.string())


@given(st.lists(identifiers, min_size=1, max_size=20))
def test_what_packs_unpacks_to_itself(values: list[str]) -> None:
    blocks, packed = pack(strings(*values))
    assert packed.all()
    assert [unpack(block.tobytes()) for block in blocks] == values


@given(st.lists(anything, min_size=1, max_size=20))
def test_only_short_texts_of_the_alphabet_pack(values: list[str]) -> None:
    _, packed = pack(strings(*values))
    assert packed.tolist() == [0 < len(v) <= 24 and set(v) <= set(ALPHABET) for v in values]


@settings(deadline=None)
@given(st.lists(anything.filter(bool), unique=True, min_size=2, max_size=20))
def test_different_people_never_share_a_token(vault: Vault, values: list[str]) -> None:
    tokens = vault.persons("p", strings(*values)).to_pylist()
    assert len(set(tokens)) == len(values)
    assert all(len(token) == 16 for token in tokens)


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), anything.filter(bool)), min_size=1, max_size=20))
def test_a_token_depends_on_its_own_row_alone(vault: Vault, values: list[str | None]) -> None:
    together = vault.persons("p", strings(*values)).to_pylist()
    assert together == [None if v is None else vault.person("p", RawId(v)) for v in values]


def test_programmes_kinds_and_sites_cannot_be_joined(vault: Vault, tmp_path: Path) -> None:
    column = strings(PERSON)
    tokens = {
        vault.persons("p", column)[0].as_py(),
        vault.persons("q", column)[0].as_py(),
        vault.records("p", column)[0].as_py(),
        vault.names("p", column, column)[0].as_py(),
        Vault(Keyring(tmp_path)).persons("p", column)[0].as_py(),
    }
    assert len(tokens) == 5


def test_a_token_holds_nothing_of_the_number(vault: Vault) -> None:
    token = vault.person("p", PERSON)
    assert PERSON.encode() not in token
    assert unpack(token) != PERSON


def test_names_compare_within_a_person_and_nowhere_else(vault: Vault) -> None:
    one, same, other = vault.names("p", strings("A1", "A1", "B2"), strings("马", "马", "马")).to_pylist()
    assert one == same != other


def test_a_name_without_a_person_or_a_form_has_no_token(vault: Vault) -> None:
    assert vault.names("p", strings(None, "A1"), strings("马", None)).to_pylist() == [None, None]


@settings(deadline=None)
@given(st.lists(anything.filter(bool), min_size=1, max_size=20))
def test_a_record_key_comes_back_for_a_release(vault: Vault, keys: list[str]) -> None:
    tokens = vault.records("p", strings(*keys)).to_pylist()
    assert [vault.record_key("p", Pseudonym(token)) for token in tokens] == keys


def test_a_record_key_that_contains_the_identity_number_hides_it(vault: Vault) -> None:
    key = f"620102-{PERSON}-1"
    token = vault.records("p", strings(key))[0].as_py()
    assert PERSON.encode() not in token
    assert vault.record_key("p", Pseudonym(token)) == key


def test_the_door_has_tokens_of_its_own_that_still_join(vault: Vault) -> None:
    tokens = vault.persons("p", strings(PERSON, "A1", PERSON, None))
    door = vault.rekeyed("door", "person", tokens).to_pylist()
    assert door[0] == door[2] != door[1]
    assert door[3] is None
    assert set(door).isdisjoint(set(tokens.to_pylist()) - {None})


def test_a_sliced_column_gives_the_tokens_of_its_rows(vault: Vault) -> None:
    column = strings("A1", None, "B22", "C333", None, "x y")
    assert vault.persons("p", column.slice(2)).to_pylist() == vault.persons("p", column).to_pylist()[2:]
    tokens = vault.records("p", column)
    assert (
        vault.rekeyed("d", "record", tokens.slice(2)).to_pylist()
        == vault.rekeyed("d", "record", tokens).to_pylist()[2:]
    )


def test_keys_are_files_that_only_their_owner_reads(tmp_path: Path) -> None:
    first = Keyring(tmp_path / "keys").root("pseudonym")
    assert Keyring(tmp_path / "keys").root("pseudonym") == first
    assert (tmp_path / "keys" / "pseudonym.key").stat().st_mode & 0o077 == 0


def test_a_hashed_block_is_never_taken_for_an_identifier() -> None:
    for text in ("张三", "X" * 25, "a"):
        assert unpack(hash_block(text).tobytes()) is None
