-- People whom a register calls dead and who came in person later: to marry, to be verified by the police, into custody.
-- Use of an insurance card is no presence: families use the cards of their dead.
WITH entry AS (
    SELECT person, name_full, name_folded, record_no, died_on, county, 'civil_affairs' AS register
    FROM civil_affairs.deaths
    WHERE status = '有效'
    UNION ALL
    SELECT person, name_full, name_folded, record_no, died_on, county, 'health' AS register
    FROM health.death_certificates
    UNION ALL
    SELECT person, name_full, name_folded, record_no, died_on, county, 'police' AS register
    FROM police.household_cancellations
    WHERE reason = '死亡' AND status = '有效'
),

presence AS (
    SELECT person, name_full, name_folded, record_no, married_on AS seen_on, 'marriages' AS dataset
    FROM civil_affairs.marriages
    UNION ALL
    SELECT spouse AS person, spouse_name_full AS name_full, spouse_name_folded AS name_folded, record_no,
        married_on AS seen_on, 'marriages' AS dataset
    FROM civil_affairs.marriages
    UNION ALL
    SELECT person, name_full, name_folded, record_no, caught_on AS seen_on, 'dui_cases' AS dataset
    FROM police.dui_cases
    WHERE identity = '已核实'
    UNION ALL
    SELECT person, name_full, name_folded, record_no, from_on AS seen_on, 'detentions' AS dataset
    FROM police.detentions
),

seen AS (
    SELECT
        entry.person,
        entry.register,
        entry.record_no AS entry_record,
        entry.died_on,
        entry.county,
        presence.seen_on,
        presence.dataset,
        presence.record_no AS presence_record,
        CASE WHEN entry.name_full = presence.name_full THEN 0 ELSE 1 END AS other_spelling,
        ROW_NUMBER() OVER (
            PARTITION BY entry.person, entry.register ORDER BY entry.died_on DESC, entry.record_no DESC
        ) AS newest_first
    FROM entry
    INNER JOIN presence
        ON entry.person = presence.person
        AND entry.name_folded = presence.name_folded
        AND presence.seen_on > entry.died_on
)

SELECT
    person AS subject,
    register,
    MAX(CASE WHEN newest_first = 1 THEN county END) AS county,
    CASE WHEN MAX(other_spelling) = 0 THEN 'same' ELSE 'variant' END AS name_agreement,
    MAX(died_on) AS died_on,
    MAX(seen_on) AS last_seen_on,
    ARRAY_AGG(DISTINCT entry_record ORDER BY entry_record) FILTER (WHERE register = 'civil_affairs') AS civil_records,
    ARRAY_AGG(DISTINCT entry_record ORDER BY entry_record) FILTER (WHERE register = 'health') AS health_records,
    ARRAY_AGG(DISTINCT entry_record ORDER BY entry_record) FILTER (WHERE register = 'police') AS police_records,
    ARRAY_AGG(DISTINCT presence_record ORDER BY presence_record) FILTER (WHERE dataset = 'marriages') AS marriage_records,
    ARRAY_AGG(DISTINCT presence_record ORDER BY presence_record) FILTER (WHERE dataset = 'dui_cases') AS dui_records,
    ARRAY_AGG(DISTINCT presence_record ORDER BY presence_record) FILTER (WHERE dataset = 'detentions') AS detention_records
FROM seen
GROUP BY person, register
