"""What an operator reads on a DAG's page: what it is, on which legal basis, and what to do when it fails."""

from hedui.model.contract import Agency, Dataset
from hedui.model.rule import Rule

_RETRIES = """\
A failure that may pass (no answer, a delivery not complete yet, a store that is busy) is tried again by itself.
Any other one fails at once. The last line of the task's log says which agency, what happened and what to do;
when that is done, clear the failed task. Doing a step twice changes nothing.
"""


def extract_page(agency: Agency, dataset: Dataset) -> str:
    hours = dataset.schedule.deadline_hours
    due = dataset.schedule.due
    late = f"{due.working_days} working days after its interval has ended, at {due.at}" if due else "never"
    waits = f" for {hours:g} hours after its interval has ended" if hours else ", three times"
    return f"""\
### {dataset.title.zh} · {dataset.title.en}

{agency.title.zh} {agency.title.en} shares `{dataset.full_name}` for the programme `{dataset.programme}`,
contract version {dataset.version}.

* 法律依据: {dataset.legal_basis.zh}
* Legal basis: {dataset.legal_basis.en}
* Connection: `{agency.connection}`
* 联系 contact: {agency.office.title.zh} {agency.office.title.en}, {agency.office.telephone}

**When it fails.** {_RETRIES}
**A rejected batch is not a failure**: its middle steps are skipped and the report tells the agency what to mend.

{_delivery(agency)}

**A delivery is late** from then on: {late}. Agency and engineers are told once of one that is missing; `hedui due`.

**A delivery that is not whole yet** is looked for again{waits}.

**Another interval**: trigger the DAG with `from` and `to`.

**While the agency is paused** (`hedui pause`) every run is skipped. What was missed is caught up afterwards: clear the
skipped runs, or trigger one run with `from` and `to` over all of the time.
"""


def report_page(agency: Agency) -> str:
    return f"""\
### 数据校验月报 · {agency.title.zh} {agency.title.en}

On the third of each month, when the deliveries of the month before are through: writes that month's report and hands it
to the agency.

* 联系 contact: {agency.office.title.zh} {agency.office.title.en}, {agency.office.telephone}

**Another month**: trigger the DAG with `month`, such as 2026-06.

{_delivery(agency)}

**When it fails.** {_RETRIES}
"""


def matching_page(rule: Rule) -> str:
    return f"""\
### {rule.title.zh} · {rule.title.en}

Looks anew at everybody of whom one of these datasets has changed: {", ".join(f"`{name}`" for name in rule.inputs)}.
Answers for it: {rule.owner}.

* 法律依据: {rule.legal_basis.zh}
* Legal basis: {rule.legal_basis.en}

A lead is a question, never proof. People check it.

**When it fails.** {_RETRIES}
"""


def release_page(agency: Agency) -> str:
    return f"""\
### 线索移交 · {agency.title.zh} {agency.title.en}

Gathers the leads that wait for {agency.title.en}, asks two different people for their approval
(Required actions), and hands the leads over sealed. Without a waiting lead everything is skipped.

* 联系 contact: {agency.office.title.zh} {agency.office.title.en}, {agency.office.telephone}

**When it fails.** {_RETRIES}
"""


def _delivery(agency: Agency) -> str:
    channel = agency.report_channel
    if channel is None:
        return "**The report waits here**: the contract names no `report_channel`, so `deliver` is skipped."
    return (
        f"**The report goes to the agency by {channel.kind}**, Connection `{channel.connection}`. It goes once; `hedui "
        "report deliveries` lists the receipts. One that fails on the way is not noted, and is sent when the task is "
        "cleared."
    )


def approval_page(agency: Agency) -> str:
    return f"""\
疑似线索，不得直接停发或处分。 These are suspicions to be checked, never a ground to stop a payment or to punish.

By approving you let the record keys and the evidence of {{{{ ti.xcom_pull('propose', key='leads') }}}} leads
(release {{{{ ti.xcom_pull('propose') }}}}) go to {agency.office.title.zh} {agency.office.title.en}.
Your name is kept with the decision. The two approvals must come from two people.
"""
