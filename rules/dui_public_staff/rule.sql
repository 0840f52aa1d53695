-- Drunk driving on a day when the same person held an established post.
WITH offence AS (
    SELECT person, record_no, caught_on, offence, identity, name_full, name_folded
    FROM police.dui_cases
    WHERE vehicle = '机动车'
      AND identity <> '冒用'
      AND COALESCE(retest_mg, alcohol_mg) >= 20
),

post AS (
    SELECT person, record_no, posted_on, left_on, managed_by, name_full, name_folded
    FROM hr.public_employees
    WHERE staffing = '行政' OR staffing = '事业'
)

SELECT
    offence.person AS subject,
    offence.caught_on,
    offence.offence,
    offence.identity,
    CASE WHEN MIN(CASE WHEN offence.name_full = post.name_full THEN 1 ELSE 0 END) = 1
        THEN 'same' ELSE 'variant' END AS name_agreement,
    COUNT(*) AS posts,
    MAX(post.managed_by) AS managed_by,
    offence.record_no AS case_record,
    ARRAY_AGG(post.record_no ORDER BY post.record_no) AS post_records
FROM offence
INNER JOIN post
    ON offence.person = post.person
    AND offence.name_folded = post.name_folded
    AND post.posted_on <= offence.caught_on
    AND offence.caught_on < COALESCE(post.left_on, CAST('9999-12-31' AS DATE))
GROUP BY offence.person, offence.record_no, offence.caught_on, offence.offence, offence.identity
