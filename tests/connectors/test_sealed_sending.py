"""`hedui seal`: what an agency seals is what we read; no number is used twice; nonsense is refused before it leaves."""

import csv
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors import connector_for
from hedui.model.credentials import Credentials
from hedui.model.interval import Interval
from hedui.sealing import read_header
from hedui.sealing.command import main
from tests.connectors.sealed_drops import ROW

ROOT = Path(__file__).parents[2]
DAY = Interval.parse("2026-06-30", "2026-07-01")
ROWS = [{**ROW, "caseNo": f"J{number:06}", "retestMg": "", "name": "张三,\n「䶮」"} for number in range(5_000)]


class Agency:
    """A folder with keys, and the gateway's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.gate = folder, folder / "gate"
        self.gate.mkdir()
        main(["keys", str(folder / "own")])
        main(["keys", str(folder / "readers"), "--recipient"])
        self.signing, self.reader = folder / "own" / "sender.pem", folder / "readers" / "recipient.pub.pem"

    def options(self, *files: Path, **changed: object) -> list[str]:
        told = {"from": "2026-06-30", "to": "2026-07-01", "closes": "2026-06-30", "dataset": "police.dui_cases"}
        told |= {"sender": "police", "recipient": self.reader, "signing-key": self.signing, "into": self.gate}
        told |= {name.replace("_", "-"): value for name, value in changed.items()}
        named = [(f"--{name}", str(value)) for name, value in told.items() if value is not None]
        return [*map(str, files), *(part for pair in named for part in pair)]

    def seal(self, *files: Path, **changed: object) -> list[str]:
        """The names of the packages in the gateway's folder afterwards."""
        main(self.options(*files, **changed))
        return sorted(file.name for file in self.gate.iterdir())

    def credentials(self) -> Credentials:
        private = (self.folder / "readers" / "recipient.pem").read_text()
        extra = {"folder": str(self.gate), "recipient_key": private}
        extra["sender_public_key"] = (self.folder / "own" / "sender.pub.pem").read_text()
        return Credentials.model_validate({"conn_type": "drop", "extra": extra})


@pytest.fixture
def agency(tmp_path) -> Agency:
    return Agency(tmp_path)


@pytest.fixture
def received(agency, contracts):
    dataset = contracts["police.dui_cases"]

    def rows() -> list[dict[str, str | None]]:
        return pa.Table.from_batches(connector_for(dataset, agency.credentials()).read(DAY)).to_pylist()

    return rows


def file_of(folder: Path, form: str, rows: list[dict[str, str]] = ROWS, encoding: str = "utf-8") -> Path:
    file = folder / f"cases.{form}"
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), file)
    elif form == "jsonl":
        file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding)
    else:
        with file.open("w", encoding=encoding, newline="") as out:
            writer = csv.DictWriter(out, list(ROW), delimiter="\t" if form == "tsv" else ",")
            writer.writeheader()
            writer.writerows(rows)
    return file


def noisy(rows: int) -> list[dict[str, str]]:
    """Rows that no packing makes small."""
    return [{**row, "offence": os.urandom(2_000).hex()} for row in ROWS[:rows]]


@pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("cipher", ["aes", "sm4"])
def test_what_an_agency_seals_is_what_we_read(form, cipher, agency, received):
    assert agency.seal(file_of(agency.folder, form), cipher=cipher) == ["000001.pkg"]
    rows = received()
    assert [row["caseNo"] for row in rows] == [row["caseNo"] for row in ROWS]
    assert {row["name"] for row in rows} == {"张三,\n「䶮」"}
    assert {row["retestMg"] or None for row in rows} == {None}


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_text_comes_in_any_encoding(form, encoding, agency, received):
    agency.seal(file_of(agency.folder, form, encoding=encoding), encoding=encoding)
    assert received()[7]["name"] == "张三,\n「䶮」"


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_delivery_is_split_into_packages_below_the_gateways_limit(form, agency, received):
    names = agency.seal(file_of(agency.folder, form, noisy(1_500)), limit_mib=1)
    assert len(names) > 2
    headers = [read_header((agency.gate / name).read_bytes()) for name in names]
    assert all((agency.gate / name).stat().st_size <= 1024 * 1024 for name in names)
    assert [header.get("last_of") for header in headers] == [None] * (len(names) - 1) + ["2026-06-30"]
    assert sum(header["rows"] for header in headers) == len(received()) == 1_500


def test_several_files_are_one_delivery(agency, received):
    first = file_of(agency.folder, "csv", ROWS[:10])
    first = first.rename(agency.folder / "first.csv")
    agency.seal(first, file_of(agency.folder, "csv", ROWS[10:20]))
    assert [row["caseNo"] for row in received()] == [row["caseNo"] for row in ROWS[:20]]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_day_without_rows_is_closed_too(form, agency, received):
    file = file_of(agency.folder, form, ROWS[:1])
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(ROWS[:1]).slice(0, 0), file)
    else:
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:1]) if form == "csv" else "")
    assert agency.seal(file) == ["000001.pkg"]
    assert received() == []


def test_what_is_not_closed_is_waited_for(agency, received):
    agency.seal(file_of(agency.folder, "csv"), closes=None)
    with pytest.raises(Exception, match="the package that closes 2026-06-30 is not there yet"):
        received()


def test_a_number_is_never_used_again_though_the_gateway_empties_its_folder(agency):
    file = file_of(agency.folder, "csv")
    for number in (1, 2, 3):
        assert agency.seal(file) == [f"{number:06}.pkg"]
        (agency.gate / f"{number:06}.pkg").unlink()


def test_a_number_in_the_folder_is_not_used_though_the_count_is_lost(agency):
    file = file_of(agency.folder, "csv")
    agency.seal(file)
    agency.signing.with_name("sender.pem.numbers").unlink()
    assert agency.seal(file) == ["000001.pkg", "000002.pkg"]


def test_copies_are_kept_for_what_is_lost_on_the_way(agency):
    (agency.folder / "kept").mkdir()
    agency.seal(file_of(agency.folder, "csv"), keep=agency.folder / "kept")
    assert (agency.folder / "kept" / "000001.pkg").read_bytes() == (agency.gate / "000001.pkg").read_bytes()


def test_killed_at_any_moment_it_has_sent_everything_or_nothing(agency, received):
    """Killed at each write to the disk, and run once more: numbers run on without a gap and no row is lost."""
    file = file_of(agency.folder, "csv", noisy(700))
    options = agency.options(file, limit_mib=1)
    for moment in range(1, 30):
        before = packages(agency)
        if killed(options, moment):
            assert packages(agency) == before or moment >= 3
            continue
        break
    assert 5 < moment < 29
    numbers = [int(name[:6]) for name in packages(agency)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(received()) % 700 == 0
    assert {row["caseNo"] for row in received()} == {row["caseNo"] for row in ROWS[:700]}
    assert not list(agency.gate.glob("*.partial"))


def packages(agency: Agency) -> list[str]:
    return sorted(file.name for file in agency.gate.glob("*.pkg"))


def killed(options: list[str], moment: int) -> bool:
    """Seal in a process that dies at the nth time it makes something last."""
    code = """
import os, sys
from pathlib import Path
left = int(sys.argv[1])
def dying(real):
    def call(*given):
        global left
        left -= 1
        if not left:
            os._exit(9)
        return real(*given)
    return call
os.fsync, Path.rename, Path.replace = dying(os.fsync), dying(Path.rename), dying(Path.replace)
from hedui.sealing.command import main
main(sys.argv[2:])
"""
    done = subprocess.run([sys.executable, "-c", code, str(moment), *options], capture_output=True, check=False)
    assert done.returncode in (0, 9), done.stderr
    return done.returncode == 9


def test_two_that_seal_at_once_do_not_take_the_same_numbers(agency):
    import fcntl

    with agency.signing.with_name("sender.pem.numbers.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SystemExit, match="another `hedui seal` is at work"):
            agency.seal(file_of(agency.folder, "csv"))


TOMORROW = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"to": "2026-06-30"}, "ends before it begins"),
        ({"to": TOMORROW, "closes": None}, "the period is not over, or this computer's clock is wrong"),
        ({"from": "yesterday"}, "no day and no moment"),
        ({"closes": "2026-07-01"}, "does not end with this day"),
        ({"to": "2026-06-30T12:00"}, "does not end with this day"),
        ({"dataset": "cases"}, "form agency.dataset"),
        ({"into": "/none"}, "this folder is not there"),
        ({"keep": "/none"}, "this folder is not there"),
        ({"recipient": "/none"}, "cannot be read"),
        ({"encoding": "klingon"}, "klingon is not known"),
        ({"limit_mib": 0}, "nothing fits"),
        ({"delimiter": ";;"}, "--delimiter: it has to be one character"),
        ({"delimiter": ""}, "--delimiter: it has to be one character"),
    ],
)
def test_what_cannot_be_meant_is_refused(changed, says, agency):
    with pytest.raises(SystemExit, match=says) as refused:
        agency.seal(file_of(agency.folder, "csv"), **changed)
    assert "\n" not in str(refused.value)
    assert not list(agency.gate.iterdir())


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.csv", b"a,b\n1,2\n3\n", "row 3 has 1 columns of 2"),
        ("x.csv", b"a,a\n1,2\n", "does not name every column once"),
        ("x.csv", b"a,\n1,2\n", "does not name every column once"),
        ("x.csv", b"", "does not name every column once"),
        ("x.csv", b'a,b\n1,"2\n', "line 2 breaks the rules of CSV"),
        ("x.csv", b"a\n" + b"x" * 2_000_000, "line 2 breaks the rules of CSV"),
        ("x.csv", "a\n张三\n".encode("gb18030"), "is not utf-8"),
        ("x.jsonl", b'{"a": 1}\n[]\n', "line 2 is no JSON object"),
        ("x.jsonl", b'{"a": 1}\n{"a"', "line 2 is no JSON object"),
        ("x.jsonl", b'{"a": "\\ud800"}\n' + b"x" * 5_000_000, "line 2 is longer than any record"),
        ("x.jsonl", "张三\n".encode("gb18030"), "is not utf-8"),
        ("x.parquet", b"PAR1", "cannot be read as Parquet"),
        ("x.xlsx", b"", "all files must be CSV, JSON lines or Parquet"),
    ],
)
def test_a_file_that_cannot_be_sent_as_it_is_is_refused_and_nothing_leaves(name, content, says, agency):
    (agency.folder / name).write_bytes(content)
    with pytest.raises(SystemExit, match=says) as refused:
        agency.seal(agency.folder / name)
    assert "张三" not in str(refused.value)
    assert not list(agency.gate.iterdir())


def test_a_fault_at_the_end_of_a_large_file_leaves_nothing_behind(agency):
    file = file_of(agency.folder, "csv", noisy(1_500))
    with file.open("a") as out:
        out.write("half a row")
    with pytest.raises(SystemExit, match="row 1502 has 1 columns of 11"):
        agency.seal(file, limit_mib=1)
    assert not list(agency.gate.iterdir())


def test_keys_are_for_their_owner_alone_and_never_written_over(agency):
    assert agency.signing.stat().st_mode & 0o777 == 0o400
    before = agency.signing.read_bytes()
    with pytest.raises(SystemExit, match="there is a sender's key already"):
        main(["keys", str(agency.signing.parent)])
    assert agency.signing.read_bytes() == before


def test_readers_with_an_rsa_key_open_it_too(agency, received):
    main(["keys", str(agency.folder / "rsa"), "--rsa"])
    both = ["--recipient", str(agency.folder / "rsa" / "recipient.pub.pem")]
    main([*agency.options(file_of(agency.folder, "csv", ROWS[:3])), *both])
    assert len(received()) == 3
    (agency.folder / "readers" / "recipient.pem").unlink()
    (agency.folder / "rsa" / "recipient.pem").rename(agency.folder / "readers" / "recipient.pem")
    assert len(received()) == 3


ALONE = """
import sys
allowed = set(sys.stdlib_module_names) | {"__main__", "hedui", "cryptography", "_cffi_backend", "cffi"}
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in allowed:
            raise ImportError(name)
sys.meta_path.insert(0, Nothing())
import runpy
sys.argv[0] = "hedui-seal.pyz"
runpy.run_path(sys.argv.pop(1), run_name="__main__")
"""


def test_an_agency_needs_one_file_python_and_cryptography(agency, received):
    """What `make seal` builds, where nothing else can be imported."""
    subprocess.run(["make", "-s", "seal", f"DIST={agency.folder}"], cwd=ROOT, check=True)
    options = agency.options(file_of(agency.folder, "csv"))
    program = [sys.executable, "-I", "-c", ALONE, str(agency.folder / "hedui-seal.pyz")]
    done = subprocess.run([*program, *options], capture_output=True, text=True, cwd=agency.folder, check=False)
    assert done.returncode == 0, done.stderr
    assert "5000 rows in 1 packages" in done.stdout
    assert len(received()) == 5_000


def test_hedui_seal_is_the_same_command(agency):
    done = subprocess.run([sys.executable, "-m", "hedui.sealing", "--help"], capture_output=True, text=True, check=True)
    code = "import sys; from hedui.cli import main; main()"
    same = subprocess.run([sys.executable, "-c", code, "seal", "--help"], capture_output=True, text=True, check=True)
    about = same.stdout.replace("hedui seal", "python -m hedui.sealing")
    assert about.split("options:")[1] == done.stdout.split("options:")[1]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_package_unpacks_to_no_more_than_a_reader_opens(form, agency, monkeypatch):
    monkeypatch.setattr(f"hedui.sealing.{'parquet' if form == 'parquet' else 'filling'}.UNPACKED", 200_000)
    assert len(agency.seal(file_of(agency.folder, form))) > 2


def test_every_option_is_documented(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    page = (ROOT / "docs" / "sealed-packages.md").read_text("utf-8")
    assert len(options) > 10
    assert [option for option in sorted(options - {"--help"}) if option not in page] == []
