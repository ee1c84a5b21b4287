#!/bin/sh
# Runs once, when the data folder is empty: two databases, each with a role of its own and no way
# from one to the other. Names and passwords are those of the addresses, so each is written once.
set -eu

as_superuser() {
    psql --set ON_ERROR_STOP=1 --no-psqlrc --quiet --username "$POSTGRES_USER" --dbname postgres
}

make_database() {
    address=${1#*://}
    login=${address%%@*}
    export ROLE="${login%%:*}" PASSWORD="${login#*:}" DATABASE="${address##*/}"
    as_superuser <<'SQL'
\getenv role ROLE
\getenv password PASSWORD
\getenv database DATABASE
create role :"role" login password :'password';
create database :"database" owner :"role";
revoke all on database :"database" from public;
\connect :"database"
revoke all on schema public from public;
SQL
}

make_database "$OMICS_WAREHOUSE_URL"
make_database "$OMICS_DAGSTER_DB_URL"
echo 'revoke all on database postgres, template1 from public;' | as_superuser
