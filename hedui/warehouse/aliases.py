"""People who changed their number: every row is shown under the newest one.

A number says little without its name, for some were shared: a row belongs to a change of number only if the name, with
its spelling folded, is the one in the register. Names are tokens of person and name, so they are exchanged as well.
"""

from hedui.model.contract import Dataset

NEWEST_NUMBERS = "newest_numbers"
SAME_PERSON = "same_person"
# Nobody changes a number so often; a register that goes in circles leads nowhere, and those rows stay as they are.
_MOST_CHANGES = 8


def newest_numbers_sql(register: Dataset, current: str) -> str:
    """For each old number and name, the number and name tokens that hold now; `current` are the register's rows."""
    old, old_name, new, name = _columns(register)
    return f"""
        WITH RECURSIVE change AS (
            SELECT "{old}" AS old, "{old_name}_folded" AS old_folded, "{old_name}_full" AS old_full,
                   "{new}" AS new, "{name}_folded" AS new_folded, "{name}_full" AS new_full
            FROM ({current}) WHERE "{old}" <> "{new}"),
        chain AS (
            SELECT *, 1 AS changes FROM change
            UNION
            SELECT chain.old, chain.old_folded, chain.old_full,
                   change.new, change.new_folded, change.new_full, chain.changes + 1
            FROM chain INNER JOIN change ON chain.new = change.old AND chain.new_folded = change.old_folded
            WHERE chain.changes < {_MOST_CHANGES})
        SELECT chain.* FROM chain
        ANTI JOIN change ON chain.new = change.old AND chain.new_folded = change.old_folded
        QUALIFY row_number() OVER (
            PARTITION BY chain.old, chain.old_folded ORDER BY changes DESC, chain.new, chain.new_full, chain.old_full
        ) = 1"""


def same_person_sql(register: Dataset, versions: str) -> str:
    """Pairs of numbers, both ways round, that the register ever connected."""
    old, _, new, _ = _columns(register)
    return f"""
        SELECT "{old}" AS one, "{new}" AS other FROM {versions} UNION
        SELECT "{new}", "{old}" FROM {versions}"""


def under_newest_numbers_sql(dataset: Dataset, rows: str) -> str:
    """The rows with each named person under the newest number. Reads the table `newest_numbers`."""
    shown, joins = list[str](), list[str]()
    for number, (person, name) in enumerate(dataset.named_persons.items()):
        new, full, folded = f"new_{number}", f'"{name}_full"', f'"{name}_folded"'
        same = f'its."{person}" = {new}.old AND its.{folded} = {new}.old_folded'
        joins.append(f"LEFT JOIN {NEWEST_NUMBERS} AS {new} ON {same}")
        shown.append(f'coalesce({new}.new, its."{person}") AS "{person}"')
        shown.append(f"coalesce({new}.new_folded, its.{folded}) AS {folded}")
        shown.append(f"CASE WHEN its.{full} = {new}.old_full THEN {new}.new_full ELSE its.{full} END AS {full}")
    if not shown:
        return rows
    return f"SELECT its.* REPLACE ({', '.join(shown)}) FROM ({rows}) AS its {' '.join(joins)}"


def _columns(register: Dataset) -> tuple[str, str, str, str]:
    aliases = register.aliases
    if aliases is None:
        raise ValueError(f"{register.full_name} declares no `aliases`")
    names = register.named_persons
    return aliases.old, names[aliases.old], aliases.new, names[aliases.new]
