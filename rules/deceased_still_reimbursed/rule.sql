-- Pool-fund services that began later than the day after a valid death entry, for people whose name agrees.
WITH entry AS (
    SELECT person, record_no, died_on, name_full, name_folded
    FROM civil_affairs.deaths
    WHERE status = '有效'
),

-- Where two entries name different days, the later one is taken: it accuses less.
death AS (
    SELECT
        person,
        name_folded,
        MAX(died_on) AS died_on,
        MIN(name_full) AS name_full,
        ARRAY_AGG(record_no ORDER BY record_no) AS records
    FROM entry
    GROUP BY person, name_folded
),

-- The day after death is left to the certification visit and to clocks around midnight.
service AS (
    SELECT
        settlement.person,
        settlement.record_no,
        settlement.started_on,
        settlement.pool_fund_yuan,
        settlement.place_of_insurance,
        death.died_on,
        death.records AS death_records,
        CASE WHEN settlement.name_full = death.name_full THEN 0 ELSE 1 END AS other_spelling,
        ROW_NUMBER() OVER (
            PARTITION BY settlement.person ORDER BY settlement.started_on DESC, settlement.record_no DESC
        ) AS newest_first
    FROM health.settlements AS settlement
    INNER JOIN death ON settlement.person = death.person AND settlement.name_folded = death.name_folded
    WHERE settlement.pool_fund_yuan > 0
      AND settlement.started_on > death.died_on + INTERVAL 1 DAY
)

SELECT
    person AS subject,
    MAX(died_on) AS died_on,
    CASE WHEN MAX(other_spelling) = 0 THEN 'same' ELSE 'variant' END AS name_agreement,
    MIN(started_on) AS first_service_on,
    MAX(started_on) AS last_service_on,
    COUNT(DISTINCT DATE_TRUNC('month', started_on)) AS months,
    SUM(pool_fund_yuan) AS pool_fund_yuan,
    MAX(CASE WHEN newest_first = 1 THEN place_of_insurance END) AS place_of_insurance,
    MAX(death_records) AS death_records,
    ARRAY_AGG(record_no ORDER BY record_no) AS settlement_records
FROM service
GROUP BY person
