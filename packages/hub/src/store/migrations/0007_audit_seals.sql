-- The audit log's hash chain. Rows are written unchained, in the transaction of what they tell about; a job seals them
-- afterwards, one at a time and in order, so that no payment waits for another one's audit row.

create table audit_seals (
  -- From 1, without a hole.
  position bigint primary key check (position > 0),
  audit_id bigint not null unique references audit,
  -- Of the seal before; of the first seal: 64 zeros.
  previous_sha256 text not null check (previous_sha256 ~ '^[0-9a-f]{64}$'),
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  sealed_at timestamptz not null
);
create trigger audit_seals_keep before update or delete on audit_seals for each row execute function refuse_change();
create trigger audit_seals_keep_all before truncate on audit_seals execute function refuse_change();

-- What the sealer still has to do. Looking through the whole log for it every second would cost more every day.
create table audit_unsealed (audit_id bigint primary key);
insert into audit_unsealed select id from audit;
create function audit_await_seal() returns trigger language plpgsql as $$
begin
  insert into audit_unsealed values (new.id);
  return null;
end $$;
-- For each row: most writes insert none, and a statement's trigger would run for each of them.
create trigger audit_await_seal after insert on audit for each row execute function audit_await_seal();
create index audit_of_object on audit (object, id);

-- One column of the canonical form: its length in UTF-8 bytes, a colon, its text; a null is a dash. Nothing that stands in
-- a column can be read as the border between two.
create function sealed_text(value text) returns text language sql immutable as $$
  select coalesce(octet_length(convert_to(value, 'UTF8')) || ':' || value, '-')
$$;

-- Times to the microsecond in UTC, whatever the session's time zone is.
create function sealed_time(value timestamptz) returns text language sql stable as $$
  select to_char(value at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- What a seal's hash is over: the seal's own columns and every column of its row, in this order. jsonb is written as
-- PostgreSQL prints it: keys in its fixed order, each once, one space after colon and comma. docs/database.md says the same
-- for people; `audit verify` writes it once more in TypeScript, and a test holds both to a fixed hash.
create function sealed_form(place bigint, previous text, at timestamptz, a audit) returns text language sql stable as $$
  select E'khqr-hub audit 1\n' || sealed_text(place::text) || sealed_text(previous) || sealed_text(sealed_time(at))
    || sealed_text(a.id::text) || sealed_text(sealed_time(a.at)) || sealed_text(a.actor) || sealed_text(a.action)
    || sealed_text(a.object) || sealed_text(a.before::text) || sealed_text(a.after::text) || sealed_text(a.reason)
    || sealed_text(a.correlation_id)
$$;

-- Seals up to `most` rows, oldest ids first, and answers how many. Any number of processes may call it: one seals, the
-- others find nothing to do. A row that commits after a later one is sealed after it.
create function seal_audit(most integer) returns integer language plpgsql as $$
declare
  head audit_seals;
  one audit;
  sealed integer := 0;
begin
  -- Held to the end of the transaction: the next sealer sees this one's seals.
  if not pg_try_advisory_xact_lock(hashtextextended('seal audit', 0)) then
    return 0;
  end if;
  select * into head from audit_seals order by position desc limit 1;
  for one in select a.* from audit_unsealed u join audit a on a.id = u.audit_id order by a.id limit most loop
    head := row(coalesce(head.position, 0) + 1, one.id, coalesce(head.sha256, repeat('0', 64)), null, clock_timestamp());
    head.sha256 := encode(sha256(convert_to(sealed_form(head.position, head.previous_sha256, head.sealed_at, one), 'UTF8')), 'hex');
    insert into audit_seals values (head.*);
    delete from audit_unsealed where audit_id = one.id;
    sealed := sealed + 1;
  end loop;
  return sealed;
end $$;
