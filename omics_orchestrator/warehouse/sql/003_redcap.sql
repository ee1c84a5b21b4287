create schema tidy;
comment on schema tidy is 'REDCap projects as their own dictionaries describe them: one typed table an instrument.';

create table ops.request_pace (
    server text primary key,
    due timestamptz not null
);
comment on table ops.request_pace is 'When each server that is shared by many runs may be asked again.';
comment on column ops.request_pace.server is 'The server, as host:port.';
comment on column ops.request_pace.due is 'When all requests promised so far have had their turn.';
