"""What the pages say, in both languages."""

from hedui.model.declaration import Title


def titles(**pairs: tuple[str, str]) -> dict[str, Title]:
    return {name: Title(zh=zh, en=en) for name, (zh, en) in pairs.items()}


PAGE = titles(
    report=("数据校验报告", "Validation report"),
    other_language=("English", "中文"),
    to_mend=("行需要更正", "rows to mend"),
    one_to_mend=("行需要更正", "row to mend"),
    nothing_to_mend=("本批数据无需更正", "Nothing to mend in this batch"),
    whole_batch=("整批退回，请更正后重新报送", "The whole batch was rejected: please mend it and deliver again"),
    because=("退回原因", "Because"),
    also_of_form=(
        "另有 {count} 行因报送格式变化暂存，不必逐行更正，请按约定的格式重新报送",
        "Held back for the form of their delivery: {count}. Deliver them again in the form that was agreed",
    ),
    of_form_alone=(
        "{count} 行因报送格式变化暂存，请按约定的格式重新报送",
        "Held back for the form of the delivery: {count}. Deliver again in the form that was agreed",
    ),
    empty_batch=("本期没有变更的记录", "No record changed in this period"),
    by_when=("更正期限", "Mend by"),
    next_delivery=("下次报送前", "the next delivery"),
    nothing_due=("无", "Nothing due"),
    whom=("咨询电话", "Questions"),
    period=("数据期间", "Period"),
    received=("收到时间", "Received"),
    batch=("批次", "Batch"),
    due_at=("应收到时间", "Due"),
    delivery_number=("第 {number} 次报送", "delivery no. {number}"),
    as_announced=(
        "与报送时申报的 {announced} 行一致。",
        "Rows announced with the delivery: {announced}, as many as arrived.",
    ),
    fewer=(
        "报送时申报 {announced} 行，实际少 {rows} 行，请核对。",
        "Rows announced with the delivery: {announced}, {rows} more than arrived. Please check.",
    ),
    more=(
        "报送时申报 {announced} 行，实际多 {rows} 行，请核对。",
        "Rows announced with the delivery: {announced}, {rows} fewer than arrived. Please check.",
    ),
    again=(
        "其中 {rows} 条以前已提醒过，最多的是第 {most} 次",
        "Asked about before: {rows}. Most often: {most} times, this report included",
    ),
    answered=("另有 {rows} 行已收到答复，不再提醒", "Answered already, and not asked again: {rows}"),
    score=("数据质量得分", "Score"),
    score_hint=(
        "收到的行中，没有本单位问题的行所占的比例。可能由其他单位造成的问题和仅作提醒的问题不计入。",
        "The share of the received rows without a fault of your own. "
        "Faults that may be made elsewhere, and mere notices, do not count.",
    ),
    trend=("与以前各批相比", "Beside earlier batches"),
    trend_rows=("每批收到的行数", "Rows received"),
    trend_share=("每批需要更正的比例", "Share to mend"),
    usual=(
        "此前 {batches} 批：通常收到 {rows} 行，其中 {share} 需要更正（中位数）。",
        "Usual in the {batches} batches before: rows {rows}, to mend {share} (medians).",
    ),
    one_before=(
        "此前 1 批：收到 {rows} 行，其中 {share} 需要更正。",
        "In the one batch before: rows {rows}, to mend {share}.",
    ),
    regions=("按县（市、区）和乡镇统计", "By county and township"),
    region=("县（市、区）、乡镇", "County, township"),
    open=("待更正", "To mend"),
    mended=("已更正", "Mended"),
    no_region=("未注明或无法识别", "None stated, or no such code"),
    no_township=("未注明乡镇", "No township stated"),
    other_regions=("其余 {count} 个", "{count} others"),
    balance=("每一行的去向", "Where every row went"),
    pulled=("收到", "Received"),
    vanished=(
        "本次全量数据中已没有 {count} 条此前收到的记录，已按删除处理。",
        "Records received before that this full delivery no longer has, taken as deleted: {count}.",
    ),
    rows=("行数", "Rows"),
    problems=("要改什么", "What to mend"),
    problems_first=("先改什么", "What to mend first"),
    problems_others=("其他问题", "Other problems"),
    problems_left_out=("另有 {count} 类问题未在此列出。", "Kinds of problems not listed here: {count}."),
    not_theirs=("可能由其他单位造成，不计分", "may be made elsewhere, not scored"),
    places=("需要更正的位置", "Where to mend"),
    places_hint=(
        "按来源和行号查找，业务编号见随本报告发送的清单。为保护个人信息，本页不出现证件号码、姓名和业务编号。",
        "Look rows up by source and row number; the list sent with this report has the record keys. "
        "To protect people, no identity number, name or record key is shown here.",
    ),
    cut=(
        "共 {total} 条记录，此处列出前 {shown} 条，全部见清单。",
        "{total} records in all; the first {shown} are listed here, all of them in the list.",
    ),
    cut_twice=(
        "共 {total} 条记录，此处列出前 {shown} 条，前 {listed} 条见清单。",
        "{total} records in all; the first {shown} are listed here, the first {listed} in the list.",
    ),
    repairs=("已自动修正", "Repaired on arrival"),
    repairs_hint=(
        "这些写法含义唯一，入库时已统一，无需退回；请在源系统中改正，以免重复出现。逐行明细见随本报告发送的清单。",
        "These had only one meaning and were put right on arrival. Correct them at the source so that they stay away. "
        "The list sent with this report names each of them.",
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
    passed_over=("本批未作的检查", "Checks not made this time"),
    passed_over_hint=(
        "以下检查需要以前的批次或参照数据，目前还不够，本批没有作；这不是数据的问题。",
        "These need earlier batches, or other data, of which there is too little yet. It is no fault of the data.",
    ),
    whether=("是否“{title}”", "Whether there is: {title}"),
    basis=("共享依据", "Legal basis"),
)

TIMELINESS = titles(
    **{"in time": ("按时", "in time")},
    paused=("暂停接收期间，不计迟到", "not late: nothing was pulled then"),
    late=("迟到", "late"),
    late_days=("迟到 {days} 天 {hours} 小时", "late by {days} d {hours} h"),
    late_hours=("迟到 {hours} 小时", "late by {hours} h"),
    late_minutes=("迟到不到 1 小时", "late by less than an hour"),
)

STATES = titles(
    loaded=("已入库", "Loaded"),
    superseded=("已有更新版本", "Superseded by a newer version"),
    duplicate=("与已收到的记录重复", "Duplicate, already received"),
    quarantined=("暂存，待更正", "Held back until mended"),
    discarded=("经确认作废", "Discarded by a person"),
    expired=("逾期未更正，已删除", "Deleted, not mended in time"),
    rejected=("随整批退回", "Rejected with the batch"),
    judged=("试接入，只校验不入库", "Judged on trial, not loaded"),
    in_progress=("处理中", "In progress"),
)

TREATMENTS = titles(
    reject_batch=("整批退回", "Batch rejected"),
    quarantine_rows=("暂存，待更正", "Rows held back"),
    warn=("提醒，已入库", "Notice, rows loaded"),
)

DRIFTS = titles(
    new_column=("新增列“{column}”", "There is a new column, {column}"),
    missing_column=("缺少列“{column}”", "The column {column} is missing"),
    changed_type=("列“{column}”的数据类型由 {before} 变为 {now}", "{column} was {before} and is now {now}"),
    renamed_header=("列“{before}”改名为“{now}”", "The column {before} is now called {now}"),
)

DRIFT_TREATMENTS = titles(
    freeze=("停止接收", "Delivery stopped"),
    ignore=("照常接收", "Taken in as usual"),
    quarantine=("相关行暂存", "Rows concerned held back"),
)

REPAIRS = titles(
    full_width=("全角字符改为半角", "Full-width characters made narrow"),
    apostrophe=("去掉开头的撇号", "Leading apostrophe removed"),
    nul=("去掉空字符（NUL）", "NUL characters removed"),
    blanks=("去掉多余的空格或制表符", "Stray blanks or tabs removed"),
    lower_case=("小写字母改为大写", "Small letters made capitals"),
    fifteen_digits=("15 位号码升为 18 位", "15-digit number lengthened to 18"),
    date_form=("日期统一为 2025-01-31 格式", "Date written as 2025-01-31"),
    private_use=("自造字改为标准汉字", "Private-use characters replaced by the standard ones"),
    composed=("拆分编码的字符合为一个字符", "Characters in pieces put together"),
    month_form=("月份统一为 2025-01 格式", "Month written as 2025-01"),
    spreadsheet_date=("电子表格的日期序号还原为日期", "Day number of a spreadsheet turned back into a date"),
    thousands_comma=("去掉千分位逗号", "Thousands' commas removed"),
    decimal_zeros=("去掉整数后的 .0", "“.0” after a whole number removed"),
)

MONTH = titles(
    at_once=("尽快", "As soon as possible"),
    month_report=("数据校验月报", "Monthly validation report"),
    still_open=("行仍待更正", "rows still to mend"),
    one_still_open=("行仍待更正", "row still to mend"),
    all_mended=("本月没有待更正的记录", "Nothing to mend this month"),
    nothing_came=("本月没有收到数据", "Nothing was delivered this month"),
    also_missing=("另有 {count} 批应报未报", "Deliveries missing: {count}"),
    also_refused=("另有 {count} 批被退回，尚未重新报送", "Rejected, and not delivered again: {count}"),
    missing_alone=("{count} 批应报未报", "Deliveries missing: {count}"),
    refused_alone=("{count} 批被退回，请更正后重新报送", "Rejected, to be delivered again: {count}"),
    deliveries_in_time=("按时报送", "Delivered in time"),
    of=("{part} / {whole} 批", "{part} of {whole}"),
    first=("先做什么", "What to do first"),
    tasks_more=("另有 {count} 项，见“其他待办”。", "{count} more, see “What else to do”."),
    further=("其他待办", "What else to do"),
    by=("{day} 前", "by {day}"),
    task_missing=("补报 {count} 批未到的数据", "Deliver what is missing: {count}"),
    task_refused=("更正后重新报送 {count} 批被退回的数据", "Mend what was rejected, and deliver it again: {count}"),
    task_mend=("更正 {count} 行", "Rows to mend: {count}"),
    task_form=("{count} 行因报送格式变化暂存", "Held back for the form of their delivery: {count}"),
    task_form_how=(
        "请按约定的格式重新报送；如系统已调整，请来电更新共享契约。",
        "Deliver again in the form that was agreed; if your system was changed, call us to adapt the contract.",
    ),
    task_late=("按时报送：本月迟到 {count} 批", "Deliver in time; late this month: {count}"),
    task_late_how=("如报送时间不合适，请来电商定。", "If the hour does not suit you, call us."),
    and_more=("{listed} 等，另有 {count} 期", "{listed}, and {count} more"),
    mostly=("主要是“{field}”：{problem}。{how}", "Mostly {field}: {problem}. {how}"),
    datasets=("各数据集", "By dataset"),
    dataset=("数据集", "Dataset"),
    due=("应报", "Due"),
    late=("迟到", "Late"),
    missing=("未到", "Missing"),
    in_time=("按时", "In time"),
    rejected=("退回", "Rejected"),
    faulty=("需更正", "To mend"),
    open=("仍待更正", "Still open"),
    mended=("已更正", "Mended"),
    total=("合计", "Total"),
    on_trial=("试接入", "on trial"),
    how_counted=(
        "数据期间最后一天在本月内的批次计入本月。需更正为校验时的行数；已更正、已答复、已作废、逾期删除、"
        "随整批退回和因报送格式变化暂存的，不算仍待更正；再次报送仍有误的，不算已更正。未到应报时间和暂停接收期间的，不计入应报。",
        "A batch counts in the month of the last day it covers. Rows to mend are those found when it was checked; "
        "they stay open until they are mended, answered, thrown away, or deleted. Those of a batch that was rejected "
        "whole, or held back for the form of their delivery, are not open; those delivered wrong once more are not "
        "mended. What is not due yet, or was paused, does not count as due.",
    ),
    month_problems=("主要问题", "Main problems"),
    month_trend=("与前几个月相比", "Beside the months before"),
    trend_month_rows=("收到的行数", "Rows received"),
    trend_to_mend=("需要更正的比例", "Share to mend"),
    trend_punctuality=("按时报送的比例", "Delivered in time"),
)
