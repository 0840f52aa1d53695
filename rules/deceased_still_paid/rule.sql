-- Monthly payments for months after the month of a recorded death, for people whose name agrees.
-- What counts is the month a payment belongs to, never the day it was booked: arrears for earlier months are in order.
WITH payment AS (
    SELECT person, name_full, name_folded, record_no, month, amount_yuan, county,
        'civil_affairs' AS agency, '低保' AS benefit, 'dibao' AS dataset
    FROM civil_affairs.dibao
    UNION ALL
    SELECT person, name_full, name_folded, record_no, month, amount_yuan, county,
        'civil_affairs' AS agency, '特困供养' AS benefit, 'special_hardship' AS dataset
    FROM civil_affairs.special_hardship
    UNION ALL
    SELECT person, name_full, name_folded, record_no, month, amount_yuan, county,
        'civil_affairs' AS agency, '残疾补贴' AS benefit, 'disability_subsidy' AS dataset
    FROM civil_affairs.disability_subsidy
    UNION ALL
    SELECT person, name_full, name_folded, record_no, month, amount_yuan, county,
        'hr' AS agency, '养老金' AS benefit, 'pensions' AS dataset
    FROM hr.pensions
    WHERE kind = '养老金' AND returned_on IS NULL
    UNION ALL
    SELECT person, name_full, name_folded, record_no, month, amount_yuan, county,
        'hr' AS agency, '工资' AS benefit, 'payroll' AS dataset
    FROM hr.payroll
    WHERE kind = '工资'
    UNION ALL
    SELECT person, name_full, name_folded, record_no, month, amount_yuan, county,
        'hr' AS agency, '公益性岗位补贴' AS benefit, 'public_welfare_posts' AS dataset
    FROM hr.public_welfare_posts
    UNION ALL
    -- Of a subsidy for a household the head is only the payee; a funeral grant is paid because of the death.
    SELECT person, name_full, name_folded, record_no, month, amount_yuan, county,
        'finance' AS agency, subsidy AS benefit, 'subsidy_payments' AS dataset
    FROM finance.subsidy_payments
    WHERE paid_for = '个人' AND returned_on IS NULL AND subsidy <> '丧葬补助'
),

after_death AS (
    SELECT
        payment.person,
        payment.benefit,
        payment.agency,
        payment.dataset,
        payment.record_no,
        payment.month,
        payment.amount_yuan,
        payment.county,
        death.died_on,
        death.sources,
        death.civil_records,
        death.health_records,
        death.police_records,
        CASE WHEN payment.name_full = death.name_full THEN 0 ELSE 1 END AS other_spelling,
        ROW_NUMBER() OVER (
            PARTITION BY payment.person, payment.benefit, payment.agency
            ORDER BY payment.month DESC, payment.record_no DESC
        ) AS newest_first
    FROM payment
    INNER JOIN concept.death AS death
        ON payment.person = death.person AND payment.name_folded = death.name_folded
    -- A month is stored as its first day, so this is a month later than the month of death.
    WHERE payment.month > death.died_on
)

SELECT
    person AS subject,
    benefit,
    agency,
    MAX(CASE WHEN newest_first = 1 THEN county END) AS county,
    MAX(died_on) AS died_on,
    MAX(sources) AS sources,
    CASE WHEN MAX(other_spelling) = 0 THEN 'same' ELSE 'variant' END AS name_agreement,
    MIN(month) AS first_month,
    MAX(month) AS last_month,
    COUNT(DISTINCT month) AS months,
    SUM(amount_yuan) AS amount_yuan,
    MAX(civil_records) AS civil_records,
    MAX(health_records) AS health_records,
    MAX(police_records) AS police_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE dataset = 'dibao') AS dibao_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE dataset = 'special_hardship') AS hardship_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE dataset = 'disability_subsidy') AS disability_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE dataset = 'pensions') AS pension_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE dataset = 'payroll') AS payroll_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE dataset = 'public_welfare_posts') AS post_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE dataset = 'subsidy_payments') AS subsidy_records
FROM after_death
GROUP BY person, benefit, agency
