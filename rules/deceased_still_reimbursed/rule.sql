-- Pool-fund services that began later than the day after a recorded death, for people whose name agrees.
-- The day after death is left to the certification visit and to clocks around midnight.
WITH service AS (
    SELECT
        settlement.person,
        settlement.record_no,
        settlement.started_on,
        settlement.pool_fund_yuan,
        settlement.place_of_insurance,
        death.died_on,
        death.sources,
        death.civil_records,
        death.health_records,
        death.police_records,
        CASE WHEN settlement.name_full = death.name_full THEN 0 ELSE 1 END AS other_spelling,
        ROW_NUMBER() OVER (
            PARTITION BY settlement.person ORDER BY settlement.started_on DESC, settlement.record_no DESC
        ) AS newest_first
    FROM health.settlements AS settlement
    INNER JOIN concept.death AS death
        ON settlement.person = death.person AND settlement.name_folded = death.name_folded
    WHERE settlement.pool_fund_yuan > 0
      AND settlement.started_on > death.died_on + INTERVAL 1 DAY
)

SELECT
    person AS subject,
    MAX(died_on) AS died_on,
    MAX(sources) AS sources,
    CASE WHEN MAX(other_spelling) = 0 THEN 'same' ELSE 'variant' END AS name_agreement,
    MIN(started_on) AS first_service_on,
    MAX(started_on) AS last_service_on,
    COUNT(DISTINCT DATE_TRUNC('month', started_on)) AS months,
    SUM(pool_fund_yuan) AS pool_fund_yuan,
    MAX(CASE WHEN newest_first = 1 THEN place_of_insurance END) AS place_of_insurance,
    MAX(civil_records) AS civil_records,
    MAX(health_records) AS health_records,
    MAX(police_records) AS police_records,
    ARRAY_AGG(record_no ORDER BY record_no) AS settlement_records
FROM service
GROUP BY person
