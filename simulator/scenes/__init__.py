"""Planted cases and the two kinds of innocents who look like them, scene by scene.

A scene says which records one person, or one household, leaves behind; its kind says what is true:

* `planted`: a case. A lead must appear.
* `excused_by_data`: innocent, and the data show it. No lead may appear.
* `excused_by_visit`: innocent, but only people who check can know. A lead is right to appear.

What a lead is about is the rule's; the scenes restate each definition on their own in `SCENES`. Nobody in a scene of
one rule leaves anything behind that another rule would find.
"""

from simulator.scenes.deceased import DECEASED
from simulator.scenes.deceased_paid import DECEASED_PAID
from simulator.scenes.detained import DETAINED
from simulator.scenes.double_enrolment import DOUBLE_ENROLMENT
from simulator.scenes.drink_driving import DRINK_DRIVING
from simulator.scenes.exclusive import EXCLUSIVE
from simulator.scenes.false_alarm import FALSE_ALARM
from simulator.scenes.overlapping_stays import OVERLAPPING_STAYS
from simulator.scenes.play import BY_DATA, BY_VISIT, KINDS, PLANTED, Play, Player, Role, Scene, opening_day
from simulator.scenes.split_stays import SPLIT_STAYS
from simulator.scenes.staff_relief import STAFF_RELIEF
from simulator.scenes.two_payrolls import TWO_PAYROLLS
from simulator.scenes.vehicle_relief import VEHICLE_RELIEF

SCENES: dict[str, tuple[Scene, ...]] = {
    "deceased_still_reimbursed": DECEASED,
    "deceased_still_paid": DECEASED_PAID,
    "exclusive_benefits": EXCLUSIVE,
    "public_staff_relief": STAFF_RELIEF,
    "dui_public_staff": DRINK_DRIVING,
    "vehicle_and_relief": VEHICLE_RELIEF,
    "detained_and_paid": DETAINED,
    "double_enrolment": DOUBLE_ENROLMENT,
    "two_payrolls": TWO_PAYROLLS,
    "overlapping_stays": OVERLAPPING_STAYS,
    "split_stays": SPLIT_STAYS,
    "false_death_alarm": FALSE_ALARM,
}
# The leads of these are about households, of all others about people.
OF_HOUSEHOLDS = frozenset({"public_staff_relief", "vehicle_and_relief"})

__all__ = [
    "BY_DATA",
    "BY_VISIT",
    "KINDS",
    "OF_HOUSEHOLDS",
    "PLANTED",
    "SCENES",
    "Play",
    "Player",
    "Role",
    "Scene",
    "opening_day",
]
