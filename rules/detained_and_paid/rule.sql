-- Benefits and salaries for months that a person spent in custody from the first day to the last.
-- A month is stored as its first day.
WITH custody AS (
    SELECT person, name_full, name_folded, record_no, from_on, to_on
    FROM police.detentions
    WHERE (measure = '刑事拘留' OR measure = '逮捕' OR measure = '服刑')
      AND (outcome IS NULL OR outcome <> '无罪')
),

payment AS (
    SELECT person, name_full, name_folded, record_no, month, amount_yuan, county,
        'civil_affairs' AS agency, '低保' AS benefit, 'dibao' AS dataset
    FROM civil_affairs.dibao
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
),

-- Two records of custody may cover the same month: the payment counts once.
paid AS (
    SELECT
        payment.person,
        payment.benefit,
        payment.agency,
        payment.dataset,
        payment.record_no,
        payment.month,
        payment.amount_yuan,
        payment.county,
        custody.record_no AS custody_record,
        CASE WHEN payment.name_full = custody.name_full THEN 0 ELSE 1 END AS other_spelling,
        ROW_NUMBER() OVER (
            PARTITION BY payment.person, payment.benefit, payment.record_no ORDER BY custody.record_no
        ) AS times,
        ROW_NUMBER() OVER (
            PARTITION BY payment.person, payment.benefit ORDER BY payment.month DESC, payment.record_no DESC
        ) AS newest_first
    FROM payment
    INNER JOIN custody
        ON payment.person = custody.person
        AND payment.name_folded = custody.name_folded
        AND custody.from_on <= payment.month
        AND (custody.to_on IS NULL OR custody.to_on >= payment.month + INTERVAL 1 MONTH - INTERVAL 1 DAY)
)

SELECT
    person AS subject,
    benefit,
    agency,
    MAX(CASE WHEN newest_first = 1 THEN county END) AS county,
    CASE WHEN MAX(other_spelling) = 0 THEN 'same' ELSE 'variant' END AS name_agreement,
    MIN(month) AS first_month,
    MAX(month) AS last_month,
    COUNT(DISTINCT month) AS months,
    SUM(CASE WHEN times = 1 THEN amount_yuan END) AS amount_yuan,
    ARRAY_AGG(DISTINCT custody_record ORDER BY custody_record) AS custody_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE times = 1 AND dataset = 'dibao') AS dibao_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE times = 1 AND dataset = 'pensions') AS pension_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE times = 1 AND dataset = 'payroll') AS payroll_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE times = 1 AND dataset = 'public_welfare_posts') AS post_records
FROM paid
GROUP BY person, benefit, agency
