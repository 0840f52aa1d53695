"""Visits and stays, certificates of death, enrolments."""

from simulator.drafts import DEATH_CERTIFICATES, ENROLMENTS, SETTLEMENTS
from simulator.everyday import HOSPITALS_A_COUNTY
from simulator.scenes.play import Filed, Play, Player
from simulator.times import first_day

# Nothing that comes back by its nature, as chemotherapy, dialysis and psychiatry do.
ILLNESSES = ("I10.x00", "I63.900", "J18.900", "K35.800", "M51.202", "J44.100", "I25.103", "K80.100")


def visit(
    play: Play,
    started: int,
    kind: str = "14",
    ended: int | None = None,
    settled: int | None = None,
    filed: int | None = None,
    pool_fund: bool = True,
    hospital: str = "",
    diagnosis: str = "",
    who: Player | None = None,
) -> Filed:
    """A visit, or with `ended` a stay."""
    ended = started if ended is None else ended
    settled = ended if settled is None else settled
    total = play.between(3_000, 90_000) * (1 if ended == started else 9)
    fund = int(total * play.dice.uniform(0.35, 0.85)) if pool_fund else 0
    return play.file(
        SETTLEMENTS,
        who or play.subject,
        play.calendar.in_history(settled + play.between(0, 2)) if filed is None else filed,
        visit_type=kind,
        insurance_type=play.dice.choice(("310", "390")),
        started_on=started,
        ended_on=ended,
        settled_on=settled,
        hospital=hospital or a_hospital(play),
        diagnosis=diagnosis or play.dice.choice(ILLNESSES),
        total_fen=total,
        pool_fund_fen=fund,
        account_fen=total - fund,
        place_of_insurance=play.subject.county,
    )


def a_hospital(play: Play, other_than: str = "") -> str:
    """One of the hospitals of the subject's county."""
    codes = (f"H{play.subject.county}{nth:05d}" for nth in range(1, HOSPITALS_A_COUNTY + 1))
    return play.dice.choice([code for code in codes if code != other_than])


def death_certificate(play: Play, died_on: int, who: Player | None = None) -> Filed:
    """A valid certificate."""
    filed = play.calendar.in_history(died_on + play.between(1, 9))
    return play.file(
        DEATH_CERTIFICATES, who or play.subject, filed, died_on=died_on, county=play.subject.county, valid="1"
    )


def enrolment(
    play: Play, kind: str, first: int, last: int | None = None, paid_on: int | None = None, who: Player | None = None
) -> Filed:
    """An insurance from a month to a month; premiums of employees are paid from the first month on."""
    paid_on = first_day(first) + play.between(4, 20) if paid_on is None else paid_on
    about = {"from_month": first, "to_month": last, "place_of_insurance": play.subject.county, "valid": "1"}
    # Residents insure themselves for months to come; of others the end is told when it is there.
    known_on = paid_on if last is None or kind == "390" else first_day(last + 1)
    filed = play.calendar.in_history(known_on + play.between(0, 9))
    return play.file(ENROLMENTS, who or play.subject, filed, insurance_type=kind, paid_on=paid_on, **about)
