-- Stays of one person in two hospitals that share more than one day. The day of a transfer belongs to both.
WITH stay AS (
    SELECT person, name_full, name_folded, record_no, hospital, started_on, ended_on, pool_fund_yuan, place_of_insurance
    FROM health.settlements
    WHERE (visit_type = '21' OR visit_type = '23' OR visit_type = '24')
      AND pool_fund_yuan > 0
      AND ended_on IS NOT NULL
),

-- Each stay beside each that overlaps it.
overlap AS (
    SELECT
        stay.person,
        stay.record_no,
        stay.hospital,
        stay.started_on,
        stay.pool_fund_yuan,
        stay.place_of_insurance,
        GREATEST(stay.started_on, other.started_on) AS first_day,
        LEAST(stay.ended_on, other.ended_on) AS last_day,
        CASE WHEN stay.name_full = other.name_full THEN 0 ELSE 1 END AS other_spelling,
        -- Of two stays the cheaper is taken for the one too many; of equal ones that with the later number.
        CASE
            WHEN stay.pool_fund_yuan < other.pool_fund_yuan THEN 1
            WHEN stay.pool_fund_yuan = other.pool_fund_yuan AND stay.record_no > other.record_no THEN 1
            ELSE 0
        END AS surplus
    FROM stay
    INNER JOIN stay AS other
        ON stay.person = other.person
        AND stay.name_folded = other.name_folded
        AND stay.hospital <> other.hospital
        AND LEAST(stay.ended_on, other.ended_on) > GREATEST(stay.started_on, other.started_on) + INTERVAL 1 DAY
),

-- A stay that overlaps two others counts once.
involved AS (
    SELECT
        person,
        record_no,
        hospital,
        started_on,
        pool_fund_yuan,
        place_of_insurance,
        MIN(first_day) AS first_day,
        MAX(last_day) AS last_day,
        MAX(DATE_DIFF('day', first_day, last_day)) AS longest_days,
        MAX(other_spelling) AS other_spelling,
        MAX(surplus) AS surplus
    FROM overlap
    GROUP BY person, record_no, hospital, started_on, pool_fund_yuan, place_of_insurance
),

numbered AS (
    SELECT
        person,
        record_no,
        hospital,
        pool_fund_yuan,
        place_of_insurance,
        first_day,
        last_day,
        longest_days,
        other_spelling,
        surplus,
        ROW_NUMBER() OVER (PARTITION BY person ORDER BY started_on DESC, record_no DESC) AS newest_first
    FROM involved
)

SELECT
    person AS subject,
    MAX(CASE WHEN newest_first = 1 THEN place_of_insurance END) AS place_of_insurance,
    CASE WHEN MAX(other_spelling) = 0 THEN 'same' ELSE 'variant' END AS name_agreement,
    COUNT(*) AS stays,
    COUNT(DISTINCT hospital) AS hospitals,
    MIN(first_day) AS first_day,
    MAX(last_day) AS last_day,
    MAX(longest_days) AS longest_days,
    SUM(CASE WHEN surplus = 1 THEN pool_fund_yuan END) AS pool_fund_yuan,
    ARRAY_AGG(record_no ORDER BY record_no) AS settlement_records
FROM numbered
GROUP BY person
