"""A contract that cannot be right says file, line, field and reason."""

import shutil
from pathlib import Path

import pytest

from hedui import shelves
from hedui.model.contract import Agency, Dataset
from hedui.model.declaration import read_declaration
from hedui.model.errors import DeclarationInvalid
from hedui.model.rule import Rule

CONTRACT = shelves.CONTRACTS / "civil_affairs.yaml"


def refusal(file: Path, text: str, model: type[Agency] | type[Rule] = Agency) -> str:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationInvalid) as refused:
        read_declaration(file, model)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize(
    ("right", "wrong", "field", "reason"),
    [
        ("cursor: updated_at", "cursor: changed_at", "datasets.deaths", "no such field: changed_at"),
        ("kind: rest", "kind: fax", "source", "`kind` is fax, none of rest, database, file_drop, sealed_drop"),
        ("page_size: 500", "page_sise: 500", "page_sise", "no such word here"),
        ("page_size: 500", "page_size: many", "page_size", "valid integer"),
        ("type: date", "type: day", "died_on.type", "'text', 'date'"),
        ("identifier: person", "identifier: human", "person.identifier", "'person', 'record' or 'name'"),
        ("kind: rest", "decoding: json", "source", "`kind` is missing"),
        (
            "landing_retention_days: 7",
            "landing_retention_days: -1",
            "landing_retention_days",
            "greater than or equal to 0",
        ),
        ("key: [record_no]", "key: [recordno]", "datasets.deaths", "no such field: recordno"),
        ("identifier: name, of: person", "identifier: name", "name", "says with `of` whose it is"),
    ],
)
def test_a_typo_is_named_with_line_and_field(tmp_path: Path, right: str, wrong: str, field: str, reason: str) -> None:
    text = CONTRACT.read_text(encoding="utf-8").replace(right, wrong, 1)
    message = refusal(tmp_path / "civil_affairs.yaml", text)
    assert field in message
    assert reason in message
    named_line = int(message.split(":")[1])
    # A fault between fields is named where what holds them begins, any other on its own line.
    assert named_line in (line_of(text, wrong), line_of(text, "deaths:"), line_of(text, "source:"))


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    text = CONTRACT.read_text(encoding="utf-8").replace("version: 1", "version: 0").replace("kind: rest", "kind: fax")
    message = refusal(tmp_path / "civil_affairs.yaml", text)
    assert "version" in message
    assert "source" in message


def test_a_field_declared_twice_is_no_silent_last_one_wins(tmp_path: Path) -> None:
    text = CONTRACT.read_text(encoding="utf-8") + "\n      name: {source: other, title: {zh: 姓名, en: Name}}\n"
    assert "`name` stands twice" in refusal(tmp_path / "civil_affairs.yaml", text)


@pytest.mark.parametrize(("text", "says"), [("", "the file is empty"), ("a: [", "this is not YAML")])
def test_what_is_no_declaration_is_said(tmp_path: Path, text: str, says: str) -> None:
    assert says in refusal(tmp_path / "civil_affairs.yaml", text)


def test_a_name_that_sql_would_interpret_is_refused(tmp_path: Path) -> None:
    text = CONTRACT.read_text(encoding="utf-8").replace("deaths:\n", 'deaths"; DROP TABLE x; --:\n')
    assert "should match pattern" in refusal(tmp_path / "civil_affairs.yaml", text)


def test_a_contract_lies_in_the_file_of_its_agency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.yaml").write_text(CONTRACT.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setenv("HEDUI_CONTRACTS", str(tmp_path))
    with pytest.raises(DeclarationInvalid, match=r"Name the file civil_affairs\.yaml"):
        shelves.agencies()


def test_an_agency_is_declared_once_in_all_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "civil_affairs.yaml").write_text(CONTRACT.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setenv("HEDUI_CONTRACTS", str(tmp_path))
    with pytest.raises(DeclarationInvalid, match="`civil_affairs` is declared twice"):
        shelves.agencies()


def test_a_folder_of_ones_own_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEDUI_RULES", str(tmp_path / "nowhere"))
    with pytest.raises(DeclarationInvalid, match="nowhere: there is no such folder"):
        shelves.rules()


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        (
            "key: [record_no]",
            "public: true\n    key: [record_no]",
            "public data identify nobody: record_no",
        ),
        ("key: [record_no]", "aliases: {old: status, new: person}\n    key: [record_no]", "both numbers of `aliases`"),
    ],
)
def test_a_contract_makes_sense(right: str, wrong: str, says: str, tmp_path: Path) -> None:
    text = CONTRACT.read_text(encoding="utf-8").replace(right, wrong, 1)
    assert says in refusal(tmp_path / "civil_affairs.yaml", text)


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("[person, spouse_of, member_of]", "[person, kin_of, member_of]", "no such link: kin_of"),
        ("dataset: civil_affairs.dibao, from: person", "dataset: hr.payroll, from: person", "no input: hr.payroll"),
        ("agencies: [civil_affairs]", "agencies: [civil_affairs, hr]", "a column says which"),
        ("{staff} 人", "{wages} 元", "the explanation names what is no evidence: wages"),
        ("{staff} 人", "{} 人", "each place of the explanation names one column"),
        ("{staff} 人", "{staff:{post_records}} 人", "each place of the explanation names one column"),
        ("evidence:", "withheld: [relation]\nevidence:", "the explanation tells what is withheld: relation"),
    ],
)
def test_a_rule_makes_sense(right: str, wrong: str, says: str, tmp_path: Path) -> None:
    text = (shelves.rule_folder("public_staff_relief") / "rule.yaml").read_text(encoding="utf-8")
    assert right in text
    assert says in refusal(tmp_path / "public_staff_relief" / "rule.yaml", text.replace(right, wrong, 1), Rule)


def test_a_rule_names_only_evidence_it_returns(tmp_path: Path) -> None:
    text = (shelves.RULES / "dui_public_staff" / "rule.yaml").read_text(encoding="utf-8")
    wrong = text.replace("region: managed_by", "region: county")
    assert "not among the evidence: county" in refusal(tmp_path / "dui_public_staff" / "rule.yaml", wrong, Rule)


def test_an_unknown_dataset_names_those_that_are_known() -> None:
    with pytest.raises(DeclarationInvalid, match=r"no such dataset\. Known: civil_affairs\.deaths, "):
        shelves.dataset("civil_affairs.birth")


def test_a_name_that_is_not_kept_tells_nobody_apart() -> None:
    given = shelves.dataset("civil_affairs.marriages").model_dump(by_alias=True)
    given["fields"]["spouse_name"]["keep"] = False
    assert Dataset.model_validate(given).named_persons == {"person": "name"}
    given["fields"]["person"]["keep"] = False
    assert Dataset.model_validate(given).named_persons == {}


@pytest.fixture
def trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of rules beside ours, with a copy of one that has a reference table."""
    folder = tmp_path / "trial"
    shutil.copytree(shelves.rule_folder("exclusive_benefits"), folder)
    text = (folder / "rule.yaml").read_text(encoding="utf-8")
    (folder / "rule.yaml").write_text(text.replace("rule: exclusive_benefits", "rule: trial", 1), encoding="utf-8")
    monkeypatch.setenv("HEDUI_RULES", str(tmp_path))
    return folder


def test_a_table_saved_by_a_spreadsheet_is_read(trial: Path) -> None:
    text = (trial / "pairs.csv").read_text(encoding="utf-8")
    (trial / "pairs.csv").write_text(text, encoding="utf-8-sig")
    assert shelves.query(shelves.rule("trial")).reference == {"pairs": text}
    (trial / "pairs.csv").write_text(text, encoding="gb18030")
    with pytest.raises(DeclarationInvalid, match=r"trial/pairs.csv: this is not UTF-8"):
        shelves.query(shelves.rule("trial"))


def test_an_addressee_that_no_contract_knows_is_named_with_the_rule(trial: Path) -> None:
    text = (trial / "rule.yaml").read_text(encoding="utf-8")
    (trial / "rule.yaml").write_text(text.replace("hr, finance]", "hr, finances]", 1), encoding="utf-8")
    with pytest.raises(DeclarationInvalid, match=r"trial/rule.yaml: no such agency: finances\. Known: agriculture"):
        shelves.addressees(shelves.rule("trial"))
