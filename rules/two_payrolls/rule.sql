-- Salaries from two units for the same month, where no secondment to one of them covers a day of that month.
-- A month is stored as its first day.
WITH salary AS (
    SELECT person, name_full, name_folded, unit, record_no, month, amount_yuan, county
    FROM hr.payroll
    WHERE kind = '工资'
),

-- Each salary beside each of another unit.
beside AS (
    SELECT
        salary.person,
        salary.name_folded,
        salary.month,
        salary.unit,
        other.unit AS other_unit,
        salary.record_no,
        other.record_no AS other_record,
        salary.amount_yuan,
        other.amount_yuan AS other_amount_yuan,
        salary.county,
        CASE WHEN salary.name_full = other.name_full THEN 0 ELSE 1 END AS other_spelling
    FROM salary
    INNER JOIN salary AS other
        ON salary.person = other.person
        AND salary.name_folded = other.name_folded
        AND salary.month = other.month
        AND salary.unit <> other.unit
),

secondment AS (
    SELECT person, name_folded, unit, from_on, to_on
    FROM hr.appointments
    WHERE kind = '借调' OR kind = '挂职'
),

unexplained AS (
    SELECT
        beside.person,
        beside.month,
        beside.unit,
        beside.record_no,
        beside.amount_yuan,
        beside.county,
        MAX(beside.other_spelling) AS other_spelling,
        -- Of two salaries the lower is taken for the one too many; of equal ones that with the later number.
        MAX(CASE
            WHEN beside.amount_yuan < beside.other_amount_yuan THEN 1
            WHEN beside.amount_yuan = beside.other_amount_yuan AND beside.record_no > beside.other_record THEN 1
            ELSE 0
        END) AS surplus
    FROM beside
    LEFT JOIN secondment
        ON beside.person = secondment.person
        AND beside.name_folded = secondment.name_folded
        AND (beside.unit = secondment.unit OR beside.other_unit = secondment.unit)
        AND secondment.from_on < beside.month + INTERVAL 1 MONTH
        AND (secondment.to_on IS NULL OR secondment.to_on >= beside.month)
    WHERE secondment.unit IS NULL
    GROUP BY beside.person, beside.month, beside.unit, beside.record_no, beside.amount_yuan, beside.county
),

numbered AS (
    SELECT
        person,
        month,
        unit,
        record_no,
        amount_yuan,
        county,
        other_spelling,
        surplus,
        ROW_NUMBER() OVER (
            PARTITION BY person, surplus ORDER BY month DESC, record_no DESC
        ) AS newest_first
    FROM unexplained
)

SELECT
    person AS subject,
    MAX(CASE WHEN surplus = 1 AND newest_first = 1 THEN county END) AS county,
    CASE WHEN MAX(other_spelling) = 0 THEN 'same' ELSE 'variant' END AS name_agreement,
    COUNT(DISTINCT unit) AS units,
    MIN(month) AS first_month,
    MAX(month) AS last_month,
    COUNT(DISTINCT month) AS months,
    SUM(CASE WHEN surplus = 1 THEN amount_yuan END) AS amount_yuan,
    ARRAY_AGG(record_no ORDER BY record_no) AS payroll_records
FROM numbered
GROUP BY person
