"""What the pages say, in both languages."""

from hedui.model.declaration import Title


def _words(**pairs: tuple[str, str]) -> dict[str, Title]:
    return {name: Title(zh=zh, en=en) for name, (zh, en) in pairs.items()}


PAGE = _words(
    report=("数据校验报告", "Validation report"),
    other_language=("English", "中文"),
    to_mend=("行需要更正", "rows to mend"),
    one_to_mend=("行需要更正", "row to mend"),
    nothing_to_mend=("本批数据无需更正", "Nothing to mend in this batch"),
    whole_batch=("整批退回，请更正后重新报送", "The whole batch was rejected: please mend it and deliver again"),
    because=("退回原因", "Because"),
    empty_batch=("本期没有变更的记录", "No record changed in this period"),
    by_when=("请于此日前更正", "Mend by"),
    next_delivery=("下次报送前", "the next delivery"),
    nothing_due=("无", "Nothing due"),
    whom=("咨询电话", "Questions"),
    period=("数据期间", "Period"),
    received=("收到时间", "Received"),
    batch=("批次", "Batch"),
    balance=("每一行的去向", "Where every row went"),
    pulled=("收到", "Received"),
    vanished=(
        "本次全量数据中已没有 {count} 条此前收到的记录，已按删除处理。",
        "Records received before that this full delivery no longer has, taken as deleted: {count}.",
    ),
    rows=("行数", "Rows"),
    problems=("按字段汇总的问题", "Problems by field"),
    places=("需要更正的位置", "Where to mend"),
    places_hint=(
        "按来源和行号查找。为保护个人信息，本报告不出现证件号码、姓名和业务编号。",
        "Look rows up by source and row number. To protect people, no identity number, name or record key is shown.",
    ),
    cut=("共 {total} 条记录，此处列出前 {shown} 条。", "{total} records in all; the first {shown} are listed here."),
    repairs=("已自动修正", "Repaired on arrival"),
    repairs_hint=(
        "这些写法含义唯一，入库时已统一，无需退回；请在源系统中改正，以免重复出现。",
        "These had only one meaning and were put right on arrival. Correct them at the source so that they stay away.",
    ),
    field=("字段", "Field"),
    problem=("问题", "Problem"),
    how=("怎么改", "How to mend"),
    treatment=("处理", "Treatment"),
    source=("来源", "Source"),
    position=("行号", "Row"),
    repair=("修正内容", "Repair"),
    whole_table=("整批", "Whole batch"),
    drifts=("报送格式的变化", "Changes in the form of the delivery"),
    drifts_hint=(
        "如系统有调整，请告知我们，以便更新共享契约。",
        "If your system was changed, tell us, so that the contract can follow.",
    ),
    seconds=("处理用时 {seconds} 秒", "Processed in {seconds} s"),
    basis=("共享依据", "Legal basis"),
)

STATES = _words(
    loaded=("已入库", "Loaded"),
    superseded=("已有更新版本", "Superseded by a newer version"),
    duplicate=("与已收到的记录重复", "Duplicate of a record already received"),
    quarantined=("暂存，待更正", "Held back until mended"),
    discarded=("经确认作废", "Thrown away by a person, with a reason"),
    expired=("逾期未更正，已删除", "Deleted, for it was not mended in time"),
    rejected=("随整批退回", "Rejected with the batch"),
    judged=("试接入，只校验不入库", "Judged on trial, not loaded"),
    in_progress=("处理中", "In progress"),
)

TREATMENTS = _words(
    reject_batch=("整批退回", "Batch rejected"),
    quarantine_rows=("暂存，待更正", "Rows held back"),
    warn=("提醒，已入库", "Notice, rows loaded"),
)

DRIFTS = _words(
    new_column=("新增列“{column}”", "There is a new column, {column}"),
    missing_column=("缺少列“{column}”", "The column {column} is missing"),
    changed_type=("列“{column}”的数据类型由 {before} 变为 {now}", "{column} was {before} and is now {now}"),
    renamed_header=("列“{before}”改名为“{now}”", "The column {before} is now called {now}"),
)

DRIFT_TREATMENTS = _words(
    freeze=("停止接收", "Delivery stopped"),
    ignore=("照常接收", "Taken in as usual"),
    quarantine=("相关行暂存", "Rows concerned held back"),
)

REPAIRS = _words(
    full_width=("全角字符改为半角", "Full-width characters made narrow"),
    apostrophe=("去掉开头的撇号", "Leading apostrophe removed"),
    nul=("去掉空字符（NUL）", "NUL characters removed"),
    blanks=("去掉多余的空格或制表符", "Stray blanks or tabs removed"),
    lower_case=("小写 x 改为大写 X", "Lower-case x made X"),
    fifteen_digits=("15 位号码升为 18 位", "15-digit number lengthened to 18"),
    date_form=("日期统一为 2025-01-31 格式", "Date written as 2025-01-31"),
    private_use=("自用区字符改为标准汉字", "Private-use characters replaced by the standard ones"),
    composed=("拆分编码的字符合为一个字符", "Characters in pieces put together"),
    month_form=("月份统一为 2025-01 格式", "Month written as 2025-01"),
    spreadsheet_date=("电子表格的日期序号还原为日期", "Day number of a spreadsheet turned back into a date"),
    thousands_comma=("去掉千分位逗号", "Thousands' commas removed"),
    decimal_zeros=("去掉整数后的 .0", "“.0” after a whole number removed"),
)
