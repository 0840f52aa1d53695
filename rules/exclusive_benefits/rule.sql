-- Two benefits of which the law allows only one, for the same person and the same month.
WITH benefit AS (
    -- `listed` is the name in pairs.csv, `benefit` what the lead calls it.
    SELECT person, name_full, name_folded, record_no, month, amount_yuan, county,
        'civil_affairs' AS agency, 'dibao' AS dataset, '低保' AS benefit, area || '低保' || class AS listed
    FROM civil_affairs.dibao
    UNION ALL
    SELECT person, name_full, name_folded, record_no, month, amount_yuan, county,
        'civil_affairs' AS agency, 'special_hardship' AS dataset, '特困供养' AS benefit, '特困供养' AS listed
    FROM civil_affairs.special_hardship
    UNION ALL
    SELECT person, name_full, name_folded, record_no, month, amount_yuan, county,
        'civil_affairs' AS agency, 'disability_subsidy' AS dataset, '残疾人' || kind AS benefit, '残疾人' || kind AS listed
    FROM civil_affairs.disability_subsidy
    UNION ALL
    SELECT person, name_full, name_folded, record_no, month, amount_yuan, county,
        'hr' AS agency, 'public_welfare_posts' AS dataset, '公益性岗位补贴' AS benefit, area || '公益性岗位' AS listed
    FROM hr.public_welfare_posts
    UNION ALL
    SELECT person, name_full, name_folded, record_no, month, amount_yuan, county,
        'finance' AS agency, 'subsidy_payments' AS dataset, subsidy AS benefit, subsidy AS listed
    FROM finance.subsidy_payments
    WHERE paid_for = '个人' AND returned_on IS NULL
),

-- Each pair seen from both of its benefits.
pair_side AS (
    SELECT pair, 'a' AS side, a AS listed, b AS beside, yields, legal_zh, legal_en FROM reference.pairs
    UNION ALL
    SELECT pair, 'b' AS side, b AS listed, a AS beside, yields, legal_zh, legal_en FROM reference.pairs
),

-- One row per payment and payment beside it; of two equal amounts b yields.
clash AS (
    SELECT
        payment.person,
        pair_side.pair,
        pair_side.legal_zh,
        pair_side.legal_en,
        payment.agency,
        payment.dataset,
        payment.record_no,
        payment.month,
        payment.amount_yuan,
        payment.county,
        payment.benefit,
        other.benefit AS beside,
        other.record_no AS other_record,
        CASE WHEN payment.name_full = other.name_full THEN 0 ELSE 1 END AS other_spelling,
        CASE
            WHEN pair_side.yields <> 'lower' THEN pair_side.yields = pair_side.side
            WHEN payment.amount_yuan = other.amount_yuan THEN pair_side.side = 'b'
            ELSE payment.amount_yuan < other.amount_yuan
        END AS surplus
    FROM pair_side
    INNER JOIN benefit AS payment ON pair_side.listed = payment.listed
    INNER JOIN benefit AS other
        ON pair_side.beside = other.listed
        AND payment.person = other.person
        AND payment.name_folded = other.name_folded
        AND payment.month = other.month
),

named AS (
    SELECT
        person,
        pair,
        legal_zh,
        legal_en,
        agency,
        dataset,
        record_no,
        month,
        amount_yuan,
        county,
        other_record,
        other_spelling,
        surplus,
        CASE WHEN surplus THEN benefit ELSE beside END AS yields,
        CASE WHEN surplus THEN beside ELSE benefit END AS keeps
    FROM clash
),

-- A payment that stands beside two others counts once.
counted AS (
    SELECT
        person,
        pair,
        legal_zh,
        legal_en,
        agency,
        dataset,
        record_no,
        month,
        amount_yuan,
        county,
        other_spelling,
        surplus,
        yields,
        keeps,
        ROW_NUMBER() OVER (
            PARTITION BY person, pair, yields, dataset, record_no ORDER BY other_record
        ) AS times,
        ROW_NUMBER() OVER (
            PARTITION BY person, pair, yields, surplus ORDER BY month DESC, record_no DESC
        ) AS newest_first
    FROM named
)

SELECT
    person AS subject,
    pair,
    yields,
    MAX(keeps) AS keeps,
    MAX(legal_zh) AS legal_zh,
    MAX(legal_en) AS legal_en,
    MAX(CASE WHEN surplus THEN agency END) AS agency,
    MAX(CASE WHEN surplus AND newest_first = 1 THEN county END) AS county,
    CASE WHEN MAX(other_spelling) = 0 THEN 'same' ELSE 'variant' END AS name_agreement,
    MIN(month) AS first_month,
    MAX(month) AS last_month,
    COUNT(DISTINCT month) AS months,
    SUM(CASE WHEN surplus AND times = 1 THEN amount_yuan END) AS amount_yuan,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE times = 1 AND dataset = 'dibao') AS dibao_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE times = 1 AND dataset = 'special_hardship') AS hardship_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE times = 1 AND dataset = 'disability_subsidy') AS disability_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE times = 1 AND dataset = 'public_welfare_posts') AS post_records,
    ARRAY_AGG(record_no ORDER BY record_no) FILTER (WHERE times = 1 AND dataset = 'subsidy_payments') AS subsidy_records
FROM counted
GROUP BY person, pair, yields
