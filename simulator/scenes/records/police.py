"""Drunk drivers, cancelled registrations, vehicles, custody, changed numbers."""

from simulator.drafts import CANCELLATIONS, DETENTIONS, DUI_CASES, ID_CHANGES, VEHICLES
from simulator.scenes.play import Filed, Play, Player


def caught(
    play: Play,
    on: int,
    filed: int | None = None,
    alcohol: int = 120,
    retest: int | None = None,
    vehicle: str = "机动车",
    identity: str = "已核实",
    who: Player | None = None,
) -> Filed:
    """A case of drinking and driving."""
    return play.file(
        DUI_CASES,
        who or play.subject,
        play.calendar.in_history(on + play.between(0, 2)) if filed is None else filed,
        caught_on=on,
        offence="醉酒" if alcohol >= 80 else "饮酒",
        alcohol_mg=alcohol,
        retest_mg=retest,
        vehicle=vehicle,
        identity=identity,
        county=play.subject.county,
    )


def cancellation(
    play: Play, on: int, reason: str = "死亡", died_on: int | None = None, who: Player | None = None
) -> Filed:
    """A valid cancellation of a registration; `died_on` for deaths alone."""
    filed, about = play.calendar.in_history(on), {"reason": reason, "died_on": died_on, "status": "有效"}
    return play.file(CANCELLATIONS, who or play.subject, filed, county=play.subject.county, **about)


def vehicle(
    play: Play, registered_on: int, kind: str = "小型汽车", ended_on: int | None = None, who: Player | None = None
) -> Filed:
    """A registered vehicle."""
    filed = play.calendar.in_history(max(registered_on, ended_on or 0) + play.between(0, 6))
    return play.file(VEHICLES, who or play.subject, filed, kind=kind, registered_on=registered_on, ended_on=ended_on)


def custody(
    play: Play,
    first: int,
    last: int | None = None,
    measure: str = "逮捕",
    outcome: str | None = None,
    who: Player | None = None,
) -> Filed:
    """A measure from a day to its last day, delivered when it begins, or once its end is known."""
    filed = play.calendar.in_history((first if last is None else last) + play.between(1, 6))
    return play.file(
        DETENTIONS, who or play.subject, filed, measure=measure, from_on=first, to_on=last, outcome=outcome
    )


def number_changed(play: Play, on: int, who: Player | None = None) -> Player:
    """The register's entry of a change of number. Returns the person under the old one."""
    who = who or play.subject
    old = who.formerly()
    play.file(ID_CHANGES, who, play.calendar.in_history(on), old_person=old.id, old_name=old.name)
    return old
