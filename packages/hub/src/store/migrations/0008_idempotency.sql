-- Idempotency keys (4-money, clause 7): reserved before anybody is asked, answered in the transaction of the effect.

create table idempotency_keys (
  -- Whose key: "client demo-app", "operator operator-1". Two callers may use the same key.
  subject text not null,
  key text not null check (key ~ '^[\x21-\x7e]{1,255}$'),
  -- Method and path, such as "POST /v1/refunds".
  route text not null,
  body_sha256 text not null,
  -- Of the object that this request makes or acts upon: whoever resumes it uses the same.
  object_id text not null,
  state text not null default 'running' check (state in ('running', 'answered')),
  -- Until then it is being worked on; after that, or once given back, it may be resumed.
  claimed_until timestamptz not null,
  reserved_at timestamptz not null default now(),
  status integer,
  body text,
  answered_at timestamptz,
  primary key (subject, key),
  check (num_nonnulls(status, body, answered_at) = case state when 'answered' then 3 else 0 end)
);
create index idempotency_keys_by_age on idempotency_keys (coalesce(answered_at, reserved_at));

create function idempotency_keys_guard() returns trigger language plpgsql as $$
begin
  if old.state = 'answered' then
    raise exception 'the answer under the key % of % is given once', old.key, old.subject using errcode = 'restrict_violation';
  end if;
  if new.subject <> old.subject or new.key <> old.key or new.route <> old.route or new.body_sha256 <> old.body_sha256
     or new.object_id <> old.object_id or new.reserved_at <> old.reserved_at then
    raise exception 'the key % of % keeps what it was reserved for', old.key, old.subject using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger idempotency_keys_guard before update on idempotency_keys
  for each row execute function idempotency_keys_guard();

-- Answers {kind: fresh | resume, objectId} | {kind: replay, status, body} | {kind: running} | {kind: other_body}.
create function reserve_key(p jsonb) returns jsonb language plpgsql as $$
declare
  kept idempotency_keys;
  lease interval := make_interval(secs => (p->>'leaseS')::integer);
begin
  -- Read again where the row went away between the insert that met it and the read.
  for round in 1..5 loop
    insert into idempotency_keys (subject, key, route, body_sha256, object_id, claimed_until)
      values (p->>'subject', p->>'key', p->>'route', p->>'bodySha256', p->>'objectId', clock_timestamp() + lease)
      on conflict do nothing;
    if found then
      return jsonb_build_object('kind', 'fresh', 'objectId', p->>'objectId');
    end if;
    select * into kept from idempotency_keys where subject = p->>'subject' and key = p->>'key' for update;
    if not found then
      continue;
    end if;
    if kept.route <> p->>'route' or kept.body_sha256 <> p->>'bodySha256' then
      return jsonb_build_object('kind', 'other_body');
    end if;
    if kept.state = 'answered' then
      return jsonb_build_object('kind', 'replay', 'status', kept.status, 'body', kept.body);
    end if;
    if kept.claimed_until > clock_timestamp() then
      return jsonb_build_object('kind', 'running');
    end if;
    update idempotency_keys set claimed_until = clock_timestamp() + lease where subject = kept.subject and key = kept.key;
    return jsonb_build_object('kind', 'resume', 'objectId', kept.object_id);
  end loop;
  raise exception 'the key % comes and goes', p->>'key' using errcode = 'KH409';
end $$;

-- Called in the transaction of the effect: whoever comes second, with the key answered or gone, writes nothing (KH410).
create function store_answer(whose text, which text, answer_status integer, answer_body text) returns void
language plpgsql as $$
begin
  update idempotency_keys set state = 'answered', status = answer_status, body = answer_body, answered_at = clock_timestamp()
    where subject = whose and key = which and state = 'running';
  if not found then
    raise exception 'the key % of % was answered by somebody else', which, whose using errcode = 'KH410';
  end if;
end $$;

-- Each of {subject, key, status, body}; for write_steps and its like.
create function store_answers(answers jsonb) returns void language plpgsql as $$
declare
  a jsonb;
begin
  for a in select * from jsonb_array_elements(coalesce(answers, '[]')) loop
    perform store_answer(a->>'subject', a->>'key', (a->>'status')::integer, a->>'body');
  end loop;
end $$;
