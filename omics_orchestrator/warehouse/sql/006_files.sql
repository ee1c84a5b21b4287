create table ops.file_download (
    download_id bigint generated always as identity primary key,
    sha256 text not null,
    given_to text not null check (given_to <> ''),
    given_at timestamptz not null default clock_timestamp()
);
create index on ops.file_download (sha256);

comment on table ops.file_download is 'Who was given the address or the bytes of a kept file.';
comment on column ops.file_download.download_id is 'The download, in order.';
comment on column ops.file_download.sha256 is 'SHA-256 of the content.';
comment on column ops.file_download.given_to is 'Who asked for it.';
comment on column ops.file_download.given_at is 'When.';
create trigger entries_stand before update or delete or truncate on ops.file_download
    for each statement execute function ops.refuse_change();
