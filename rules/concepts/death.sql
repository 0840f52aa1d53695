-- Who is recorded as dead: one row per person and name, from the valid entries of three registers.
-- Where entries name different days, the latest is taken: it accuses less. `sources` counts registers, not entries.
WITH entry AS (
    SELECT person, name_full, name_folded, died_on, record_no, 'civil_affairs' AS register
    FROM civil_affairs.deaths
    WHERE status = '有效'
    UNION ALL
    SELECT person, name_full, name_folded, died_on, record_no, 'health' AS register
    FROM health.death_certificates
    UNION ALL
    SELECT person, name_full, name_folded, died_on, record_no, 'police' AS register
    FROM police.household_cancellations
    WHERE reason = '死亡' AND status = '有效' AND died_on IS NOT NULL
)

SELECT
    person,
    name_folded,
    MIN(name_full) AS name_full,
    MAX(died_on) AS died_on,
    COUNT(DISTINCT register) AS sources,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE register = 'civil_affairs') AS civil_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE register = 'health') AS health_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE register = 'police') AS police_records
FROM entry
GROUP BY person, name_folded
