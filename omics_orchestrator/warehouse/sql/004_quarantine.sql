create table ops.quarantine_decision (
    decision_id bigint generated always as identity primary key,
    relation text not null,
    field text not null,
    rule text not null,
    reason text not null,
    decision text not null check (decision in ('mended', 'missing', 'source', 'leave', 'reopen')),
    value_hashes text[] not null check (cardinality(value_hashes) > 0),
    cells bigint not null check (cells > 0),
    load_id bigint not null references ops.load,
    decided_by text not null check (decided_by <> ''),
    why text not null check (why <> ''),
    decided_at timestamptz not null default clock_timestamp()
);
create index on ops.quarantine_decision (relation, field, rule, reason);

comment on table ops.quarantine_decision is 'What people decided about values in quarantine. A decision outlives loads; the latest about a value counts.';
comment on column ops.quarantine_decision.decision_id is 'The decision, in the order in which they were made.';
comment on column ops.quarantine_decision.relation is 'The table the values would have gone to, as layer.study__table.';
comment on column ops.quarantine_decision.field is 'The field of the source.';
comment on column ops.quarantine_decision.rule is 'The rule that was broken.';
comment on column ops.quarantine_decision.reason is 'Why, as ops.quarantine says it.';
comment on column ops.quarantine_decision.decision is 'mended: in the dictionary. missing: accepted as missing. source: the source will correct it. leave: left as it is. reopen: to be looked at again.';
comment on column ops.quarantine_decision.value_hashes is 'Keyed hashes of the values it is about: those that were held then. A value that comes later is open.';
comment on column ops.quarantine_decision.cells is 'How many cells held them.';
comment on column ops.quarantine_decision.load_id is 'The load that met them. What a later load meets again after it was called mended is open.';
comment on column ops.quarantine_decision.decided_by is 'Who.';
comment on column ops.quarantine_decision.why is 'Why, in words without a value.';
comment on column ops.quarantine_decision.decided_at is 'When.';

create table ops.quarantine_showing (
    showing_id bigint generated always as identity primary key,
    relation text not null,
    field text not null,
    rule text not null,
    reason text not null,
    shown_values bigint not null,
    load_id bigint not null references ops.load,
    shown_to text not null check (shown_to <> ''),
    place text not null check (place in ('shell', 'pages')),
    shown_at timestamptz not null default clock_timestamp()
);
create index on ops.quarantine_showing (relation, field, rule, reason);

comment on table ops.quarantine_showing is 'Who was shown values that are in quarantine; never the values.';
comment on column ops.quarantine_showing.showing_id is 'The showing, in order.';
comment on column ops.quarantine_showing.relation is 'The table, as layer.study__table.';
comment on column ops.quarantine_showing.field is 'The field of the source.';
comment on column ops.quarantine_showing.rule is 'The rule that was broken.';
comment on column ops.quarantine_showing.reason is 'Why, as ops.quarantine says it.';
comment on column ops.quarantine_showing.shown_values is 'How many different values.';
comment on column ops.quarantine_showing.load_id is 'The load that met them.';
comment on column ops.quarantine_showing.shown_to is 'Who saw them.';
comment on column ops.quarantine_showing.place is 'Where: in the shell or on the pages.';
comment on column ops.quarantine_showing.shown_at is 'When.';

-- What was decided and shown stands: a wrong decision is followed by another one.
create function ops.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'entries of % are never changed', tg_table_name using errcode = 'OM001';
end
$$;
create trigger entries_stand before update or delete or truncate on ops.quarantine_decision
    for each statement execute function ops.refuse_change();
create trigger entries_stand before update or delete or truncate on ops.quarantine_showing
    for each statement execute function ops.refuse_change();

create view ops.quarantine_judged with (security_invoker = true) as
    with latest as (
        select distinct on (relation, field, rule, reason, value_hash)
               relation, field, rule, reason, value_hash, decision, load_id as decided_on,
               decided_by, decided_at
        from ops.quarantine_decision, unnest(value_hashes) as value_hash
        order by relation, field, rule, reason, value_hash, decision_id desc
    ), held as (
        select quarantine.*, decision, decided_by, decided_at,
               coalesce(decision = 'mended' and load_id > decided_on, false) as came_back
        from ops.quarantine left join latest using (relation, field, rule, reason, value_hash)
    )
    select *, came_back or coalesce(decision = 'reopen', true) as is_open from held;

comment on view ops.quarantine_judged is 'ops.quarantine with what was decided about each value last.';
comment on column ops.quarantine_judged.decision is 'What was decided about the value; null where nobody decided.';
comment on column ops.quarantine_judged.decided_by is 'Who decided.';
comment on column ops.quarantine_judged.decided_at is 'When.';
comment on column ops.quarantine_judged.came_back is 'It was called mended, and a later load met it again.';
comment on column ops.quarantine_judged.is_open is 'Nobody decided about it, or it came back, or it is to be looked at again.';
