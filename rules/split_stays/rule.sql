-- Two stays in the same hospital for the same category of diagnosis, the second within 15 days of the first one's end.
WITH stay AS (
    SELECT person, name_full, name_folded, record_no, hospital, diagnosis, started_on, ended_on,
        pool_fund_yuan, place_of_insurance
    FROM health.settlements
    WHERE visit_type = '21'
      AND pool_fund_yuan > 0
      -- Treated in courses: chemotherapy and radiotherapy (Z51), dialysis (N18, Z49), psychiatry (chapter F).
      AND diagnosis NOT IN ('Z51', 'N18', 'Z49')
      AND diagnosis NOT LIKE 'F%'
),

again AS (
    SELECT
        later.person,
        later.hospital,
        earlier.record_no AS earlier_record,
        later.record_no AS later_record,
        earlier.ended_on,
        later.started_on,
        later.pool_fund_yuan,
        later.place_of_insurance,
        DATE_DIFF('day', earlier.ended_on, later.started_on) AS days_between,
        CASE WHEN earlier.name_full = later.name_full THEN 0 ELSE 1 END AS other_spelling
    FROM stay AS earlier
    INNER JOIN stay AS later
        ON earlier.person = later.person
        AND earlier.name_folded = later.name_folded
        AND earlier.hospital = later.hospital
        AND earlier.diagnosis = later.diagnosis
        AND later.started_on >= earlier.ended_on
        AND later.started_on <= earlier.ended_on + INTERVAL 15 DAY
        AND (earlier.started_on < later.started_on OR earlier.record_no < later.record_no)
    -- At the end of the year hospitals settle everybody and admit them anew.
    WHERE later.started_on > earlier.ended_on + INTERVAL 1 DAY
       OR earlier.ended_on <> DATE_TRUNC('year', earlier.ended_on) + INTERVAL 1 YEAR - INTERVAL 1 DAY
),

-- A stay that follows two others counts once.
numbered AS (
    SELECT
        person,
        hospital,
        later_record,
        ended_on,
        started_on,
        pool_fund_yuan,
        place_of_insurance,
        days_between,
        other_spelling,
        ROW_NUMBER() OVER (PARTITION BY person, hospital, later_record ORDER BY earlier_record) AS times,
        ROW_NUMBER() OVER (PARTITION BY person, hospital ORDER BY started_on DESC, later_record DESC) AS newest_first
    FROM again
),

involved AS (
    SELECT person, hospital, earlier_record AS record_no FROM again
    UNION
    SELECT person, hospital, later_record AS record_no FROM again
),

listed AS (
    SELECT person, hospital, COUNT(*) AS stays, ARRAY_AGG(record_no ORDER BY record_no) AS settlement_records
    FROM involved
    GROUP BY person, hospital
)

SELECT
    numbered.person AS subject,
    numbered.hospital,
    MAX(CASE WHEN numbered.newest_first = 1 THEN numbered.place_of_insurance END) AS place_of_insurance,
    CASE WHEN MAX(numbered.other_spelling) = 0 THEN 'same' ELSE 'variant' END AS name_agreement,
    MAX(listed.stays) AS stays,
    MIN(numbered.ended_on) AS first_discharge_on,
    MAX(numbered.started_on) AS last_admission_on,
    MIN(numbered.days_between) AS days_between,
    SUM(CASE WHEN numbered.times = 1 THEN numbered.pool_fund_yuan END) AS pool_fund_yuan,
    MAX(listed.settlement_records) AS settlement_records
FROM numbered
INNER JOIN listed ON numbered.person = listed.person AND numbered.hospital = listed.hospital
GROUP BY numbered.person, numbered.hospital
