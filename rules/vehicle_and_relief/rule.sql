-- Months of the minimum living allowance all through which a member of the household owned a car, lorry or bus.
-- A month is stored as its first day.
WITH owned AS (
    SELECT
        dibao.household,
        dibao.month,
        vehicle.record_no AS vehicle_record,
        CASE WHEN dibao.name_full = vehicle.name_full THEN 0 ELSE 1 END AS other_spelling
    FROM civil_affairs.dibao AS dibao
    INNER JOIN police.vehicles AS vehicle
        ON dibao.person = vehicle.person
        AND dibao.name_folded = vehicle.name_folded
        AND vehicle.registered_on < dibao.month
        AND (vehicle.ended_on IS NULL OR vehicle.ended_on >= dibao.month + INTERVAL 1 MONTH)
    -- Three-wheelers, motorcycles and vehicles for disabled persons are no luxury.
    WHERE vehicle.kind = '小型汽车' OR vehicle.kind = '大型汽车'
),

motorised AS (
    SELECT
        household,
        COUNT(DISTINCT vehicle_record) AS vehicles,
        MAX(other_spelling) AS other_spelling,
        ARRAY_AGG(DISTINCT vehicle_record ORDER BY vehicle_record) AS vehicle_records
    FROM owned
    GROUP BY household
),

motorised_month AS (
    SELECT DISTINCT household, month FROM owned
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
    INNER JOIN motorised_month ON dibao.household = motorised_month.household AND dibao.month = motorised_month.month
)

SELECT
    relief.household AS subject,
    MAX(CASE WHEN relief.newest_first = 1 THEN relief.county END) AS county,
    MAX(motorised.vehicles) AS vehicles,
    CASE WHEN MAX(motorised.other_spelling) = 0 THEN 'same' ELSE 'variant' END AS name_agreement,
    MIN(relief.month) AS first_month,
    MAX(relief.month) AS last_month,
    COUNT(DISTINCT relief.month) AS months,
    SUM(relief.amount_yuan) AS amount_yuan,
    ARRAY_AGG(relief.record_no ORDER BY relief.record_no) AS dibao_records,
    MAX(motorised.vehicle_records) AS vehicle_records
FROM relief
INNER JOIN motorised ON relief.household = motorised.household
GROUP BY relief.household
