"""Names as they stand in registers: Han, names with a middle dot, Latin names, characters few fonts have."""

import random
import unicodedata

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from simulator.times import Ints

_SURNAMES = tuple(
    "王李张刘陈杨马赵黄周吴徐孙朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余杜叶程苏魏吕丁任沈姚"
    "卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武莫孔汤"
)
_GIVEN = tuple(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文海燕春辉鹏飞宇浩轩梓涵子怡佳欣雨桐思"
    "晨一诺俊德福贵才旺生财兴吉祥顺荣光宗耀祖"
)
# Old fonts and GBK lack them; the last takes four bytes in GB18030 and two units in UTF-16.
_RARE = ("䶮", "㛃", "𬱖")
_DOTTED_GIVEN = ("阿卜杜拉", "买买提", "叶尔江", "古丽娜", "热依汗", "木拉提", "艾力", "帕提古丽", "哈斯木", "赛力克")
_DOTTED_FATHER = ("努尔兰", "吐尔逊", "依明", "玉素甫", "阿不力孜", "达吾提", "胡安什", "卡德尔", "沙吾提", "巴合提")
_LATIN_GIVEN = ("JOHN", "MARIA", "ANNA", "DAVID", "AIGUL", "OMAR", "YUKI", "MINJUN")
_LATIN_SURNAME = ("SMITH", "KUMAR", "IVANOVA", "SCHMIDT", "TANAKA", "KIM", "KHAN", "NAZARBEKOV")

MIDDLE_DOT = "·"
DOT_VARIANTS = ("•", "・", "．")
# Fonts of the nineties kept 䶮 in the private use area.
PRIVATE_USE = {"䶮": "\ue863"}

SURNAMES = len(_SURNAMES)


def full_names(surname: Ints, foreign: npt.NDArray[np.bool_], rng: np.random.Generator) -> pa.StringArray:
    """One name for each surname (an index below SURNAMES)."""
    n = len(surname)
    second = np.where(rng.random(n) < 0.2, len(_GIVEN), rng.integers(0, len(_GIVEN), n))
    second = np.where(rng.random(n) < 0.004, len(_GIVEN) + 1 + rng.integers(0, len(_RARE), n), second)
    han = _joined((_SURNAMES, surname), (_GIVEN, rng.integers(0, len(_GIVEN), n)), ((*_GIVEN, "", *_RARE), second))
    dotted = _joined(
        (tuple(given + MIDDLE_DOT for given in _DOTTED_GIVEN), rng.integers(0, len(_DOTTED_GIVEN), n)),
        (_DOTTED_FATHER, rng.integers(0, len(_DOTTED_FATHER), n)),
    )
    latin = _joined(
        (tuple(given + " " for given in _LATIN_GIVEN), rng.integers(0, len(_LATIN_GIVEN), n)),
        (_LATIN_SURNAME, rng.integers(0, len(_LATIN_SURNAME), n)),
    )
    names = pc.if_else(pa.array(rng.random(n) < 0.015), dotted, han)
    return pc.if_else(pa.array(foreign), latin, names)


def another_name(name: str, dice: random.Random) -> str:
    """A name of somebody else: it does not agree in any form."""
    other = dice.choice(_SURNAMES) + dice.choice(_GIVEN) + dice.choice(_GIVEN)
    return other if folded(other) != folded(name) else another_name(name, dice)


def written_differently(name: str, dice: random.Random) -> str:
    """The same name as another clerk wrote it: it agrees once folded."""
    if MIDDLE_DOT in name:
        return name.replace(MIDDLE_DOT, dice.choice((*DOT_VARIANTS, "")))
    if name.isascii():
        return name.title()
    for character, variant in PRIVATE_USE.items():
        if character in name:
            return name.replace(character, variant)
    return name[0] + dice.choice((" ", "\u3000")) + name[1:]


def folded(name: str) -> str:
    """A name without what clerks vary: width, case, blanks, middle dots, private-use characters."""
    for character, variant in PRIVATE_USE.items():
        name = name.replace(variant, character)
    for dot in (MIDDLE_DOT, *DOT_VARIANTS):
        name = name.replace(dot, "")
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def _joined(*parts: tuple[tuple[str, ...], Ints]) -> pa.StringArray:
    return pc.binary_join_element_wise(*(pa.array(words).take(pa.array(which)) for words, which in parts), "")
