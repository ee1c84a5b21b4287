alter table ops.file_download add column confirmed boolean not null default false;
comment on column ops.file_download.confirmed is 'Who asked said that they know the file may say who a person is.';

create table ops.file_examination (
    collection text primary key,
    examined_by text not null,
    noted_at timestamptz not null default clock_timestamp()
);
comment on table ops.file_examination is 'By which rules the files of a collection were examined last.';
comment on column ops.file_examination.collection is 'The collection.';
comment on column ops.file_examination.examined_by is 'The mark that its whole files bear in omics.file.';
comment on column ops.file_examination.noted_at is 'When a look through its inbox by these rules began.';

-- The tables are made when they are first loaded, and change their shape with a release: so they are
-- named in a text, which nothing depends on.
create function omics.file_standing() returns table (
    collection text, path text, study text, format text, sha256 text, size_bytes bigint,
    location text, reason text
) language plpgsql stable as $$
declare
    linked text := 'false';
    unsound text := 'false';
begin
    if to_regclass('omics.file') is null then
        return;
    end if;
    if to_regclass('omics.file_sample') is not null then
        linked := 'exists (select from omics.file_sample as link where link._valid_to is null
            and (link.collection, link.path) = (f.collection, f.path))';
    end if;
    if to_regclass('omics.verified_file') is not null then
        unsound := 'exists (select from omics.verified_file as v where v._valid_to is null
            and v.location = f.location and v.sha256 = f.sha256 and v.state <> ''sound'')';
    end if;
    return query execute format($q$
        select f.collection, f.path, f.study, f.format, f.sha256, f.size_bytes, f.location,
            case
                when f.status is distinct from 'whole' then 'it is not whole'
                when f.personal_fields is null then 'nobody looked for a person in it'
                when f.personal_fields <> '' then 'it may say who a person is'
                when f.examined_by is distinct from e.examined_by
                    then 'the present release has not examined it'
                when coalesce(f.location, '') = '' then 'it is kept nowhere'
                when %s then 'its kept bytes are not those that were registered'
                when not %s then 'it is linked to no sample'
            end
        from omics.file as f left join ops.file_examination as e using (collection)
        where f._valid_to is null
    $q$, unsound, linked);
end
$$;
comment on function omics.file_standing() is 'Every present file, and why it may not be published; no reason for one that may.';

create view omics.publishable_file with (security_invoker = true) as
    select collection, path, study, format, sha256, size_bytes, location
    from omics.file_standing() where reason is null;
comment on view omics.publishable_file is 'The files that may be published. Whatever publishes reads this view and nothing else.';

create view omics.withheld_file with (security_invoker = true) as
    select collection, path, study, format, sha256, size_bytes, reason
    from omics.file_standing() where reason is not null;
comment on view omics.withheld_file is 'The files that may not be published, each with the reason.';
