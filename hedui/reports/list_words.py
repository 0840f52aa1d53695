"""What the lists of records say, in both languages."""

from collections.abc import Mapping
from typing import Final

from hedui.model.answers import Answer
from hedui.model.declaration import Title
from hedui.reports.words import PAGE, titles

COLUMNS: Final = titles(
    number=("序号", "No."),
    township=("乡镇", "Township"),
    source=("来源文件", "File"),
    sheet=("工作表", "Sheet"),
    position=("行号", "Row"),
    key=("业务编号", "Record number"),
    field=("字段", "Field"),
    problem=("问题", "Problem"),
    advice=("怎么改", "How to mend"),
    reminded=("第几次提醒", "Reminder"),
    result=("处理结果(可选)", "Result (optional)"),
    note=("说明", "Note"),
    reference=("回执码", "Reference"),
    listed=("清单时间", "Listed at"),
)

SHEETS: Final = titles(
    about=("填写说明", "Read me"),
    records=("待更正清单 To mend", "待更正清单 To mend"),  # by this name it is read when it comes back
    places=("按地区汇总", "By district"),
    repairs=("已自动修正", "Repaired"),
)

ABOUT: Final = {name: PAGE[name] for name in ("period", "batch", "by_when", "next_delivery", "whom")} | titles(
    title=("数据更正清单", "Records to mend"),
    who=("报送单位", "Agency"),
    what=("数据", "Data"),
    how_many=("待更正", "To mend"),
    records=("{total} 条记录，其中新增 {new} 条", "{total}, of them new: {new}"),
    cut=(
        "本文件只列出前 {listed} 条，其余在这些更正后再列。",
        "This file lists the first {listed}; the others follow once these are mended.",
    ),
    whole_batch=(
        "整批退回：{because}。请更正后重新报送。",
        "The whole batch was rejected: {because}. Please mend it and deliver again.",
    ),
    steps=("怎么做", "What to do"),
    step_mend=(
        "1. 在“待更正清单”里逐条查看，在源系统中更正；下次报送即自动销号，不必另行说明。",
        "1. Go through “To mend” and correct the records in the source system: the next delivery clears them.",
    ),
    step_answer=(
        "2. 不需要更正或无法更正的，在“处理结果”里选一项，在“说明”里写原因，存盘后交回。答复过的不再询问。",
        "2. Where nothing is to be corrected, or it cannot be, choose a result, give the reason under “Note”, save the "
        "file and send it back. What was answered is not asked again.",
    ),
    step_reference=(
        "3. 请勿改动“回执码”一列：凭它才能认出是哪条记录。可以筛选；还答复不了的留空。请交回本文件，不要另建表格。",
        "3. Leave the column “Reference” as it is: by it the record is known again. You may filter the list, and leave "
        "rows empty. Send back this file, not a copy of its cells.",
    ),
    privacy=(
        "清单含业务编号，仅供本单位更正数据使用。编号中的证件号码已遮去出生日期等八位。",
        "The list holds record numbers and is for mending your own data only. Where a number contains an identity "
        "number, its middle part is masked.",
    ),
    results=("处理结果怎么选", "Which result to choose"),
)

MEANINGS: Final[Mapping[Answer, Title]] = {
    "mended": Title(
        zh="已在源系统改好，下次报送就是正确的", en="Corrected in the source system; the next delivery is right"
    ),
    "right": Title(
        zh="已对照原件，数据本来就对；请写明依据", en="Compared with the document and right; say on what ground"
    ),
    "not_ours": Title(zh="这条记录不归本单位管；请写明应转给谁", en="Another office keeps this record; say which"),
    "unverifiable": Title(zh="查不到原件或联系不上本人", en="The document or the person cannot be found"),
    "void": Title(zh="这条记录不该报送，请作废；请写明原因", en="It should not have been delivered; say why"),
}

MORE: Final = titles(
    choose=("请从下拉列表中选择，或留空。", "Choose one of the list, or leave it empty."),
    county=("县（市、区）", "County"),
    to_mend=("待更正", "To mend"),
    new=("其中新增", "New"),
    all=("合计", "All"),
    unplaced=("未注明", "Not stated"),
    first_sheet=("第一张表", "First sheet"),
    repair=("修正内容", "Repair"),
    rows=("行数", "Rows"),
    page=("第 &P 页，共 &N 页", "Page &P of &N"),
    repairs_hint=(
        "这些写法含义唯一，入库时已统一，无需退回；请在源系统中改正，以免重复出现。",
        "These had only one meaning and were put right on arrival. Correct them at the source so that they stay away.",
    ),
    repairs_cut=("此处列出前 {listed} 处。", "The first {listed} are listed here."),
)
