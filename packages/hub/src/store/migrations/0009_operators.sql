-- Operators: the people who may act on money, and what they decide about cases.

create table operators (
  name text primary key check (name ~ '^[A-Za-z0-9][A-Za-z0-9._@-]{0,59}$'),
  active boolean not null default true,
  added_at timestamptz not null default now(),
  removed_at timestamptz,
  check (active = (removed_at is null))
);
-- A name stays one person's for ever: the audit log speaks of it.
create trigger operators_keep before delete on operators for each row execute function refuse_change();
create trigger operators_keep_all before truncate on operators execute function refuse_change();

-- Adds or removes, with its row in the audit log. Answers whether that changed anything.
create function set_operator(who text, wanted boolean, actor text, reason text, correlation text) returns boolean
language plpgsql as $$
declare
  was boolean;
begin
  perform pg_advisory_xact_lock(hashtextextended('operator ' || who, 0));
  select active into was from operators where name = who;
  if coalesce(was, false) = wanted then
    return false;
  end if;
  if was is null then
    insert into operators (name) values (who);
  else
    update operators set active = wanted, removed_at = case when wanted then null else now() end where name = who;
  end if;
  insert into audit (actor, action, object, before, after, reason, correlation_id)
    values (actor, case when wanted then 'operator.added' else 'operator.removed' end, 'operator ' || who,
            case when was is not null then jsonb_build_object('active', was) end, jsonb_build_object('active', wanted),
            reason, correlation);
  return true;
end $$;

alter table cases
  add column outcome text check (outcome in ('resolved', 'no_action', 'duplicate', 'bank_error', 'our_error')),
  add column reason text,
  add column closed_by text,
  add column closed_at timestamptz,
  add check (num_nonnulls(outcome, reason, closed_by, closed_at) = case state when 'closed' then 4 else 0 end);
create index cases_of_payment on cases (payment_number);
create index cases_open on cases (id) where state = 'open';

-- What was raised never changes; a case is closed once.
create function cases_guard() returns trigger language plpgsql as $$
begin
  if old.state = 'closed' or new.state <> 'closed' then
    raise exception 'case % is closed once, and nothing else of it changes', old.id using errcode = 'restrict_violation';
  end if;
  if (to_jsonb(new) - '{state,outcome,reason,closed_by,closed_at}'::text[])
     <> (to_jsonb(old) - '{state,outcome,reason,closed_by,closed_at}'::text[]) then
    raise exception 'case %: what was raised is kept as it was', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger cases_guard before update on cases for each row execute function cases_guard();
create trigger cases_keep before delete on cases for each row execute function refuse_change();
create trigger cases_keep_all before truncate on cases execute function refuse_change();

-- Closes an open case, with its row in the audit log and the answer under the request's key. KH409: no longer open.
create function close_case(p jsonb) returns void language plpgsql as $$
begin
  update cases set state = 'closed', outcome = p->>'outcome', reason = p->>'reason', closed_by = p->>'closedBy',
      closed_at = (p->>'closedAt')::timestamptz
    where id = (p->>'id')::bigint and state = 'open';
  if not found then
    raise exception 'case % is no longer open', p->>'id' using errcode = 'KH409';
  end if;
  insert into audit (actor, action, object, before, after, reason, correlation_id)
    values (p->>'actor', 'case.closed', 'case ' || (p->>'id'), jsonb_build_object('state', 'open'),
            jsonb_build_object('state', 'closed', 'outcome', p->>'outcome'), p->>'reason', p->>'correlationId');
  perform store_answers(p->'answers');
end $$;
