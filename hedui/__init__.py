"""hedui 核对: agencies share data lawfully and find public money that went wrong.

The core, without Airflow. Rooms, in the order a row walks through them:
`landing`, `validation`, `pseudonym`, `warehouse`, `matching`, `leads`; `ledger` remembers, `reports` tell;
`pipeline` is the one door to all of them.
"""
