"""What ordinary people leave behind in the agencies' records. None of it makes a lead, however much of it is lost.

A row that a clerk's fault keeps from being loaded must not turn an earlier version of it, or the rest, into one.
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from simulator import drafts
from simulator.everyday import agriculture, civil_affairs, finance, health, hotlines, hr, police, trading
from simulator.everyday.health import HOSPITALS_A_COUNTY
from simulator.everyday.hr import RANKS
from simulator.everyday.lives import STAFFINGS, UNITS, Lives, live

RECORDED: dict[str, Callable[[Lives, np.random.Generator], pa.Table]] = {
    drafts.DEATHS: civil_affairs.deaths,
    drafts.DIBAO: civil_affairs.dibao,
    drafts.SPECIAL_HARDSHIP: civil_affairs.special_hardship,
    drafts.DISABILITY_SUBSIDY: civil_affairs.disability_subsidy,
    drafts.MARRIAGES: civil_affairs.marriages,
    drafts.SETTLEMENTS: health.settlements,
    drafts.DEATH_CERTIFICATES: health.death_certificates,
    drafts.ENROLMENTS: health.enrolments,
    drafts.EMPLOYEES: hr.public_employees,
    drafts.PAYROLL: hr.payroll,
    drafts.PENSIONS: hr.pensions,
    drafts.POSTS: hr.public_welfare_posts,
    drafts.APPOINTMENTS: hr.appointments,
    drafts.CANCELLATIONS: police.household_cancellations,
    drafts.DUI_CASES: police.dui_cases,
    drafts.VEHICLES: police.vehicles,
    drafts.DETENTIONS: police.detentions,
    drafts.ID_CHANGES: police.id_changes,
    drafts.PAYMENTS: finance.subsidy_payments,
    drafts.TENDERS: trading.tenders_told,
    drafts.BIDS: trading.bids,
    drafts.CONTRACTS: trading.contracts,
    drafts.SUPPLIERS: trading.suppliers,
    drafts.COMPLAINTS: hotlines.complaints,
    drafts.ASSETS: agriculture.collective_assets,
    drafts.CADRES: agriculture.village_cadres,
}

__all__ = ["HOSPITALS_A_COUNTY", "RANKS", "RECORDED", "STAFFINGS", "UNITS", "Lives", "live"]
