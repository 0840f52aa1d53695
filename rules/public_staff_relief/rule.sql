-- Months in which a household lived on the minimum living allowance as a whole while a member, or a member's spouse,
-- held an established post. A month is stored as its first day.
WITH member AS (
    SELECT household, month, person, name_full, name_folded
    FROM civil_affairs.dibao
    WHERE mode = '整户'
),

-- Each marriage seen from both sides.
couple AS (
    SELECT person, name_full, name_folded, spouse, spouse_name_full, spouse_name_folded,
        married_on, divorced_on, record_no
    FROM civil_affairs.marriages
    UNION ALL
    SELECT spouse AS person, spouse_name_full AS name_full, spouse_name_folded AS name_folded,
        person AS spouse, name_full AS spouse_name_full, name_folded AS spouse_name_folded,
        married_on, divorced_on, record_no
    FROM civil_affairs.marriages
),

-- Whose income counts for the household in a month: its members and those married to them all month.
kin AS (
    SELECT household, month, person, name_full, name_folded,
        'member' AS relation, NULL AS marriage_record, 0 AS other_spelling
    FROM member
    UNION ALL
    SELECT member.household, member.month, couple.spouse AS person,
        couple.spouse_name_full AS name_full, couple.spouse_name_folded AS name_folded,
        'spouse' AS relation, couple.record_no AS marriage_record,
        CASE WHEN member.name_full = couple.name_full THEN 0 ELSE 1 END AS other_spelling
    FROM member
    INNER JOIN couple
        ON member.person = couple.person
        AND member.name_folded = couple.name_folded
        AND couple.married_on <= member.month
        AND (couple.divorced_on IS NULL OR couple.divorced_on >= member.month + INTERVAL 1 MONTH)
),

in_service AS (
    SELECT
        kin.household,
        kin.month,
        kin.person,
        kin.relation,
        kin.marriage_record,
        post.record_no AS post_record,
        CASE WHEN kin.name_full = post.name_full THEN kin.other_spelling ELSE 1 END AS other_spelling
    FROM kin
    INNER JOIN hr.public_employees AS post
        ON kin.person = post.person
        AND kin.name_folded = post.name_folded
        AND post.posted_on <= kin.month
        AND (post.left_on IS NULL OR post.left_on >= kin.month + INTERVAL 1 MONTH)
    WHERE post.staffing = '行政' OR post.staffing = '事业'
),

staff AS (
    SELECT
        household,
        COUNT(DISTINCT person) AS staff,
        MIN(relation) AS relation, -- a member comes before a spouse
        MAX(other_spelling) AS other_spelling,
        ARRAY_AGG(DISTINCT post_record ORDER BY post_record) AS post_records,
        ARRAY_AGG(DISTINCT marriage_record ORDER BY marriage_record)
            FILTER (WHERE marriage_record IS NOT NULL) AS marriage_records
    FROM in_service
    GROUP BY household
),

staffed_month AS (
    SELECT DISTINCT household, month FROM in_service
),

relief AS (
    SELECT
        dibao.household,
        dibao.record_no,
        dibao.month,
        dibao.amount_yuan,
        dibao.county,
        ROW_NUMBER() OVER (
            PARTITION BY dibao.household ORDER BY dibao.month DESC, dibao.record_no DESC
        ) AS newest_first
    FROM civil_affairs.dibao AS dibao
    INNER JOIN staffed_month ON dibao.household = staffed_month.household AND dibao.month = staffed_month.month
    WHERE dibao.mode = '整户'
)

SELECT
    relief.household AS subject,
    MAX(CASE WHEN relief.newest_first = 1 THEN relief.county END) AS county,
    MAX(staff.staff) AS staff,
    MAX(staff.relation) AS relation,
    CASE WHEN MAX(staff.other_spelling) = 0 THEN 'same' ELSE 'variant' END AS name_agreement,
    MIN(relief.month) AS first_month,
    MAX(relief.month) AS last_month,
    COUNT(DISTINCT relief.month) AS months,
    SUM(relief.amount_yuan) AS amount_yuan,
    ARRAY_AGG(relief.record_no ORDER BY relief.record_no) AS dibao_records,
    MAX(staff.post_records) AS post_records,
    MAX(staff.marriage_records) AS marriage_records
FROM relief
INNER JOIN staff ON relief.household = staff.household
GROUP BY relief.household
