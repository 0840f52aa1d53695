-- Employee insurance and residents' insurance in the same month, where the residents' premium was paid after the
-- employee insurance had begun. The supplements 320 and 330 come with employee insurance and are not looked at.
WITH overlap AS (
    SELECT
        resident.person,
        resident.record_no AS resident_record,
        employee.record_no AS employee_record,
        resident.paid_on,
        resident.place_of_insurance,
        GREATEST(resident.from_month, employee.from_month) AS first_month,
        CASE WHEN resident.name_full = employee.name_full THEN 0 ELSE 1 END AS other_spelling,
        ROW_NUMBER() OVER (
            PARTITION BY resident.person ORDER BY resident.paid_on DESC, resident.record_no DESC
        ) AS newest_first
    FROM health.enrolments AS resident
    INNER JOIN health.enrolments AS employee
        ON resident.person = employee.person
        AND resident.name_folded = employee.name_folded
        AND (resident.to_month IS NULL OR employee.from_month <= resident.to_month)
        AND (employee.to_month IS NULL OR resident.from_month <= employee.to_month)
        -- Who had prepaid as a resident and was hired afterwards did nothing wrong.
        AND resident.paid_on >= employee.from_month
    WHERE resident.insurance_type = '390'
      AND employee.insurance_type = '310'
),

involved AS (
    SELECT person, resident_record AS record_no FROM overlap
    UNION
    SELECT person, employee_record AS record_no FROM overlap
),

listed AS (
    SELECT person, ARRAY_AGG(record_no ORDER BY record_no) AS enrolment_records
    FROM involved
    GROUP BY person
)

SELECT
    overlap.person AS subject,
    MAX(CASE WHEN overlap.newest_first = 1 THEN overlap.place_of_insurance END) AS place_of_insurance,
    CASE WHEN MAX(overlap.other_spelling) = 0 THEN 'same' ELSE 'variant' END AS name_agreement,
    MIN(overlap.first_month) AS first_month,
    MAX(overlap.paid_on) AS paid_on,
    COUNT(DISTINCT overlap.resident_record) AS premiums,
    MAX(listed.enrolment_records) AS enrolment_records
FROM overlap
INNER JOIN listed ON overlap.person = listed.person
GROUP BY overlap.person
