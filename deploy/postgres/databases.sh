#!/bin/sh
# Each purpose has a database of its own, and a role that owns it and sees no other. Run once, on an empty volume.
set -eu
for name in airflow hedui_ledger hedui_catalog hedui_door; do
    psql --set=ON_ERROR_STOP=1 --no-psqlrc --quiet --username="$POSTGRES_USER" --dbname=postgres \
        --set=name="$name" --set=file="/run/secrets/${name}_password" <<'SQL'
\set password `cat :file`
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
done
psql --set=ON_ERROR_STOP=1 --no-psqlrc --quiet --username="$POSTGRES_USER" --dbname=postgres \
    --command='REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC'
