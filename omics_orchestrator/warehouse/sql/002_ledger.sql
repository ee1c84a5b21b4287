create table ops.snapshot (
    snapshot_id bigint generated always as identity primary key,
    relation text not null,
    content_hash text not null,
    object_key text not null,
    rows bigint not null check (rows >= 0),
    columns integer not null check (columns >= 0),
    source text not null,
    scope jsonb not null default '{}',
    run_id text not null,
    taken_at timestamptz not null default clock_timestamp()
);
create index on ops.snapshot (relation, snapshot_id);

comment on table ops.snapshot is 'One row for each time a source was read: what it said, kept unchanged in the object store.';
comment on column ops.snapshot.snapshot_id is 'The snapshot, in the order of reading.';
comment on column ops.snapshot.relation is 'The table the snapshot feeds, as layer.study__table.';
comment on column ops.snapshot.content_hash is 'Hash of the content: equal hashes mean that the source said the same.';
comment on column ops.snapshot.object_key is 'Where the snapshot lies in the object store.';
comment on column ops.snapshot.rows is 'Rows in the snapshot.';
comment on column ops.snapshot.columns is 'Columns in the snapshot.';
comment on column ops.snapshot.source is 'Which source was read, by its name in the dictionary.';
comment on column ops.snapshot.scope is 'What was asked of the source: fields, forms, filters.';
comment on column ops.snapshot.run_id is 'The run that read it.';
comment on column ops.snapshot.taken_at is 'When it was read.';

create table ops.load (
    load_id bigint generated always as identity primary key,
    relation text not null,
    run_id text not null,
    status text not null check (status in ('ok', 'unchanged', 'failed')),
    rows_in bigint,
    rows_out bigint,
    inserted bigint,
    updated bigint,
    deleted bigint,
    unchanged bigint,
    changed_columns jsonb,
    allowed_shrink double precision,
    code_version text,
    inputs jsonb,
    content_hash text,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz not null default clock_timestamp(),
    error_class text,
    check (status <> 'ok' or rows_out = inserted + updated + unchanged),
    check ((status = 'failed') = (error_class is not null))
);
create index on ops.load (relation, load_id);
create index on ops.load (run_id);
-- A step that is tried again after its outcome was recorded does not record it twice.
create unique index on ops.load (relation, run_id, status) where status <> 'ok';

comment on table ops.load is 'One row for each outcome of loading a table.';
comment on column ops.load.load_id is 'The load; rows of the table carry it as _load_id.';
comment on column ops.load.relation is 'The table, as layer.study__table.';
comment on column ops.load.run_id is 'The run that loaded it.';
comment on column ops.load.status is 'ok: loaded. unchanged: same inputs and same rules as before, so not loaded again. failed: the old rows stand.';
comment on column ops.load.rows_in is 'Rows that arrived, before any rule.';
comment on column ops.load.rows_out is 'Rows the table holds after the load.';
comment on column ops.load.inserted is 'Rows whose key was new.';
comment on column ops.load.updated is 'Rows whose key was known and whose values changed.';
comment on column ops.load.deleted is 'Rows whose key no longer arrived.';
comment on column ops.load.unchanged is 'Rows that were the same as before.';
comment on column ops.load.changed_columns is 'For each column that changed, in how many updated rows it did.';
comment on column ops.load.allowed_shrink is 'The share of rows that was allowed to vanish; above the default, someone overrode it.';
comment on column ops.load.code_version is 'Hash of the rules that shaped the rows.';
comment on column ops.load.inputs is 'Content hash of each input.';
comment on column ops.load.content_hash is 'Hash of the rows, whatever their order: the data version.';
comment on column ops.load.started_at is 'When the load began; its rows carry it as _loaded_at and _valid_from.';
comment on column ops.load.finished_at is 'When the load ended.';
comment on column ops.load.error_class is 'The class of the error, never its text.';

create table ops.cell_account (
    load_id bigint not null references ops.load,
    field text not null,
    cells bigint not null,
    conformed bigint not null check (conformed >= 0),
    missing bigint not null check (missing >= 0),
    blank bigint not null check (blank >= 0),
    quarantined bigint not null check (quarantined >= 0),
    left_out bigint not null check (left_out >= 0),
    primary key (load_id, field),
    constraint every_cell_ends_once check (cells = conformed + missing + blank + quarantined + left_out)
);

comment on table ops.cell_account is 'Where the values of each source field went. Every value ends in exactly one place.';
comment on column ops.cell_account.load_id is 'The load.';
comment on column ops.cell_account.field is 'The field of the source.';
comment on column ops.cell_account.cells is 'Cells that arrived.';
comment on column ops.cell_account.conformed is 'Became a value of a variable.';
comment on column ops.cell_account.missing is 'Declared missing, with a reason.';
comment on column ops.cell_account.blank is 'Were empty.';
comment on column ops.cell_account.quarantined is 'Broke a rule; see ops.quarantine.';
comment on column ops.cell_account.left_out is 'Left out by a named rule.';

create table ops.row_account (
    load_id bigint not null references ops.load,
    position bigint not null,
    step text not null,
    rows_in bigint not null,
    rows_out bigint not null check (rows_out >= 0),
    excluded bigint not null check (excluded >= 0),
    quarantined bigint not null check (quarantined >= 0),
    reason text,
    primary key (load_id, position),
    constraint every_row_ends_once check (rows_in = rows_out + excluded + quarantined)
);

comment on table ops.row_account is 'What each join and reshape did to the rows.';
comment on column ops.row_account.load_id is 'The load.';
comment on column ops.row_account.position is 'The order of the steps, from 0.';
comment on column ops.row_account.step is 'The join, reshape or exclusion.';
comment on column ops.row_account.rows_in is 'Rows before the step.';
comment on column ops.row_account.rows_out is 'Rows after the step.';
comment on column ops.row_account.excluded is 'Rows left out by a named rule.';
comment on column ops.row_account.quarantined is 'Rows that broke a rule.';
comment on column ops.row_account.reason is 'The rule.';

create table ops.quarantine (
    load_id bigint not null references ops.load,
    relation text not null,
    field text not null,
    rule text not null,
    reason text not null,
    record_hash text not null,
    value_hash text,
    count bigint not null check (count > 0)
);
create index on ops.quarantine (relation);

comment on table ops.quarantine is 'Values that broke a rule in the present load of each table. The value itself stays in the raw snapshot.';
comment on column ops.quarantine.load_id is 'The load that met them.';
comment on column ops.quarantine.relation is 'The table they would have gone to, as layer.study__table.';
comment on column ops.quarantine.field is 'The field of the source.';
comment on column ops.quarantine.rule is 'The rule that was broken.';
comment on column ops.quarantine.reason is 'Why, in words without the value.';
comment on column ops.quarantine.record_hash is 'Keyed hash of the record.';
comment on column ops.quarantine.value_hash is 'Keyed hash of the value.';
comment on column ops.quarantine.count is 'How often.';
