create schema raw;
create schema core;
create schema exposure;
create schema omics;
create schema datasets;
create schema published;
create schema vault;

comment on schema raw is 'What the sources said, table by table, before any rule.';
comment on schema core is 'The harmonised variables of each study, with history.';
comment on schema exposure is 'Drug episodes and what a participant took at a date.';
comment on schema omics is 'Every omic file: where it is, what it is and whose it is.';
comment on schema datasets is 'Wide tables for analysis, per study and combined.';
comment on schema published is 'Exactly what left the warehouse, and to whom.';
comment on schema ops is 'The ledger: snapshots, loads, the account of every value, quarantine.';
comment on schema vault is 'Identifiers that had to be kept. They stand nowhere else.';

-- A database and its public schema are open to everyone by default.
revoke all on schema public from public;
alter default privileges revoke execute on functions from public;
alter default privileges revoke usage on types from public;
do $$
begin
    execute format('revoke all on database %I from public', current_database());
end
$$;
