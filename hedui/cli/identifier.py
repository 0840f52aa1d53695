"""`hedui identifier explain`: what is wrong with this number? Nothing is stored, and nothing leaves this process."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Annotated, Final

import typer

from hedui.cli.show import Format, language
from hedui.identifiers.explaining import Explained, explained
from hedui.model.declaration import Title
from hedui.reports.words import REPAIRS

identifier = typer.Typer(no_args_is_help=True, help="What an identifier is, and what is wrong with it.")


def _words(**pairs: tuple[str, str]) -> Mapping[str, Title]:
    return {name: Title(zh=zh, en=en) for name, (zh, en) in pairs.items()}


_KINDS: Final = _words(
    resident=("居民身份证号码", "resident identity number"),
    permit=("港澳台居民居住证号码", "residence permit of Hong Kong, Macao or Taiwan"),
    foreigner=("外国人永久居留身份证号码（2023 版）", "foreigner's permanent-residence card of 2023"),
    foreigner_old=("外国人永久居留身份证号码（旧版）", "foreigner's permanent-residence card, the old one"),
    credit_code=("统一社会信用代码", "unified social credit code"),
    organisation_code=("组织机构代码", "organisation code"),
    unknown=("无法识别", "unknown"),
)
_REASONS: Final = _words(
    empty=("没有内容", "there is nothing"),
    form=("不是任何一种证件号码或代码的写法", "no number or code is written like this"),
    length=("位数不对：应为 18 位（旧号码 15 位）", "wrong length: it should have 18 characters, an old one 15"),
    birth_date=("第 7 至 14 位不是真实存在的日期", "characters 7 to 14 are no date that exists"),
    check_character=("校验码不符：有一位或几位录错", "the check character does not fit: a character is mistyped"),
    spreadsheet_number=(
        "已被电子表格改成科学计数，后几位丢失：请将该列设为文本后重新录入",
        "a spreadsheet made a number of it and lost its last digits: format the column as text and enter it anew",
    ),
    writing=(
        "写法不规范：去掉全角字符、小写字母和中间的空格后即为有效代码",
        "written another way than printed: narrow, in capitals and without blanks it is a valid code",
    ),
    note_after_number=(
        "号码后面还有其他内容：请将说明移到别的列",
        "there is more after the number: move notes elsewhere",
    ),
)
_WARNINGS: Final = _words(
    spreadsheet_zeros=(
        "末三位为 000：可能被电子表格截断，请核对原件",
        "it ends in 000: a spreadsheet may have cut it, compare it with the document",
    ),
    organisation_code_within=(
        "其中第 9 至 17 位的组织机构代码校验不符，请核对",
        "the organisation code within, characters 9 to 17, does not fit its check character",
    ),
)
_VERDICTS: Final = _words(valid=("正确", "valid"), invalid=("有误", "wrong"))
_LABELS: Final = _words(repaired=("可自动修正", "repaired"), attention=("请注意", "note"), because=("原因", "because"))


@identifier.command()
def explain(
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NUMBER]...", help="numbers; without any, one a line from standard input"),
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="table for people, json for programs")] = Format.TABLE,
    spoken: Annotated[str, typer.Option("--language", help="zh or en; by default that of LANG")] = "",
) -> None:
    """Say of each number which kind it is, its canonical form, and what is wrong with it.

    Nothing is stored. Shells keep what is typed as an argument: give real people's numbers by standard input.
    """
    if spoken not in ("", "zh", "en"):
        raise typer.BadParameter("--language is zh or en")
    for one in map(explained, values or _lines()):
        if output is Format.JSON:
            typer.echo(json.dumps(asdict(one), ensure_ascii=False))
        else:
            typer.echo("\n".join(_told(one, spoken or language())))


def _lines() -> Iterable[str]:
    if sys.stdin.isatty():
        typer.echo("one number a line; end with Ctrl-D", err=True)
    for number, line in enumerate(sys.stdin.buffer, start=1):
        try:
            yield line.decode(sys.stdin.encoding).rstrip("\r\n")
        except UnicodeDecodeError:
            remedy = "convert it, as by `iconv -f GB18030 -t UTF-8`"
            raise typer.BadParameter(f"line {number} is not in {sys.stdin.encoding}: {remedy}") from None


def _told(one: Explained, spoken: str) -> Iterable[str]:
    verdict = _VERDICTS["valid" if one.valid else "invalid"].in_(spoken)
    yield f"{_visible(one.input)}  {verdict}  {_KINDS[one.kind].in_(spoken)}"
    if one.canonical not in (None, one.input):
        yield f"    → {one.canonical}"
    if one.repairs:
        yield f"    {_LABELS['repaired'].in_(spoken)}: {'; '.join(REPAIRS[word].in_(spoken) for word in one.repairs)}"
    for word in one.warnings:
        yield f"    {_LABELS['attention'].in_(spoken)}: {_WARNINGS[word].in_(spoken)}"
    if one.reason:
        yield f"    {_LABELS['because'].in_(spoken)}: {_REASONS[one.reason].in_(spoken)}"


def _visible(value: str) -> str:
    """In quotes where blanks or control characters would not be seen, or nothing at all."""
    plain = value and value.isprintable() and value == value.strip()
    return value if plain else json.dumps(value, ensure_ascii=False)
