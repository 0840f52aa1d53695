"""Planted cases and the two kinds of innocents who look like them, scene by scene.

A scene says which records one person leaves behind; its kind says what is true of that person:

* `planted`: a case. A lead must appear.
* `excused_by_data`: innocent, and the data show it. No lead may appear.
* `excused_by_visit`: innocent, but only people who check can know. A lead is right to appear.

What a lead is about is the rule's; the scenes restate each definition on their own in `SCENES`.
"""

from simulator.scenes.deceased import DECEASED
from simulator.scenes.drink_driving import DRINK_DRIVING
from simulator.scenes.play import BY_DATA, BY_VISIT, KINDS, PLANTED, Play, Scene, Subject

SCENES: dict[str, tuple[Scene, ...]] = {"deceased_still_reimbursed": DECEASED, "dui_public_staff": DRINK_DRIVING}

__all__ = ["BY_DATA", "BY_VISIT", "KINDS", "PLANTED", "SCENES", "Play", "Scene", "Subject"]
