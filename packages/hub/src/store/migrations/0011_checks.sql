-- Asking banks on a schedule: domain/check-schedule.ts decides when, these rows remember it.

create table checks (
  payment_number bigint not null references payments,
  bank_code text not null,
  -- The newest code there, and when it was made.
  attempt_id bigint not null,
  asked_from timestamptz not null,
  -- When that code expires, or when the payment was closed where that was later.
  ends_at timestamptz not null,
  -- Null: asked for the last time.
  next_at timestamptz,
  -- When it is due while somebody watches; null: watching changes nothing.
  watched_next_at timestamptz,
  watched_until timestamptz,
  -- Planned for a payment that is completed or closed: only the last looks are left.
  thin boolean not null default false,
  -- Another one since it was claimed: the plan has changed, and what the claim decided is dropped.
  revision integer not null default 1,
  claimed_until timestamptz,
  asks integer not null default 0,
  last_asked_at timestamptz,
  last_state text check (last_state in ('paid', 'unpaid', 'not_found', 'unknown')),
  -- How often in a row the bank could not say.
  troubles integer not null default 0,
  primary key (payment_number, bank_code)
);
create index checks_due on checks (bank_code, next_at) where next_at is not null;
create index checks_watched on checks (bank_code, watched_until) where watched_next_at is not null;

-- Codes from before this schedule: their banks are asked at once.
insert into checks (payment_number, bank_code, attempt_id, asked_from, ends_at, next_at, watched_next_at)
  select distinct on (payment_number, bank_code) payment_number, bank_code, id, created_at, expires_at, now(), now()
    from attempts where expires_at > now() - interval '24 hours' order by payment_number, bank_code, id desc;

-- How many checks each bank may still be asked, shared by all processes.
create table check_budgets (
  bank_code text primary key,
  tokens double precision not null,
  filled_at timestamptz not null
);

-- What is in a bank's budget now. Holds its row, so that two processes never spend the same.
create function check_budget(bank text, per_minute integer, burst integer) returns double precision
language plpgsql as $$
declare
  b check_budgets;
begin
  insert into check_budgets values (bank, burst, clock_timestamp()) on conflict do nothing;
  select * into b from check_budgets where bank_code = bank for update;
  return least(burst, b.tokens + greatest(0, extract(epoch from clock_timestamp() - b.filled_at)) * per_minute / 60.0);
end $$;

create function take_check_token(bank text, per_minute integer, burst integer) returns boolean language plpgsql as $$
declare
  budget double precision := check_budget(bank, per_minute, burst);
begin
  if budget >= 1 then
    update check_budgets set tokens = budget - 1, filled_at = clock_timestamp() where bank_code = bank;
  end if;
  return budget >= 1;
end $$;

-- Takes checks of one bank that are due, those somebody watches first, as far as its budget goes. A payment that was
-- completed or closed since it was planned costs nothing: it only gets a new plan (`stale`).
create function claim_checks(bank text, most integer, lease interval, per_minute integer, burst integer)
returns setof jsonb language plpgsql as $$
declare
  budget double precision;
  c checks;
  standing text;
  stale boolean;
  taken bigint[] := '{}';
begin
  -- Most of the time nothing is due, and then nothing is locked.
  if not exists (select from checks k where k.bank_code = bank and k.next_at <= now())
     and not exists (select from checks k where k.bank_code = bank and k.watched_until > now() and k.watched_next_at <= now()) then
    return;
  end if;
  budget := check_budget(bank, per_minute, burst);
  for c in
    select * from (select k.* from checks k
      where k.bank_code = bank and k.watched_until > now() and k.watched_next_at <= now()
        and (k.claimed_until is null or k.claimed_until <= now())
      order by k.watched_next_at limit most for update skip locked) watched
    union all
    select * from (select k.* from checks k
      where k.bank_code = bank and k.next_at <= now() and (k.claimed_until is null or k.claimed_until <= now())
      order by k.next_at limit most for update skip locked) due
  loop
    exit when cardinality(taken) >= most;
    continue when c.payment_number = any(taken);
    select p.status into standing from payments p where p.number = c.payment_number;
    stale := not c.thin and standing not in ('pending', 'processing');
    continue when not stale and budget < 1;
    taken := taken || c.payment_number;
    -- A new plan is made at once and comes out the same whoever makes it: it needs no claim.
    if not stale then
      budget := budget - 1;
      update checks set claimed_until = now() + lease where payment_number = c.payment_number and bank_code = bank;
    end if;
    return next jsonb_build_object('paymentNumber', c.payment_number, 'status', standing, 'askedFrom', c.asked_from,
      'endsAt', c.ends_at, 'revision', c.revision, 'lastAskedAt', c.last_asked_at, 'lastState', c.last_state,
      'troubles', c.troubles, 'claimedAt', now(),
      'payment', case when not stale then payment_snapshot(c.payment_number) end);
  end loop;
  update check_budgets set tokens = budget, filled_at = clock_timestamp() where bank_code = bank and cardinality(taken) > 0;
end $$;

-- Writes what became of claimed checks: {paymentNumber, bankCode, revision, nextAt, watchedNextAt, thin, asked?, closeUpTo?}.
-- `closeUpTo`: the bank says unpaid, and codes that expired up to then are closed.
create function finish_checks(finished jsonb) returns void language plpgsql as $$
declare
  f jsonb;
begin
  for f in select * from jsonb_array_elements(finished) loop
    if f->>'closeUpTo' is not null then
      update attempts set state = 'closed', closed_at = now(), closed_because = 'expired; the bank says unpaid'
        where payment_number = (f->>'paymentNumber')::bigint and bank_code = f->>'bankCode'
          and state in ('creating', 'open') and expires_at <= (f->>'closeUpTo')::timestamptz;
    end if;
    update checks c set next_at = (f->>'nextAt')::timestamptz, watched_next_at = (f->>'watchedNextAt')::timestamptz,
        thin = (f->>'thin')::boolean, claimed_until = null,
        asks = c.asks + case when f->'asked' is null then 0 else 1 end,
        last_asked_at = coalesce((f->'asked'->>'at')::timestamptz, c.last_asked_at),
        last_state = coalesce(f->'asked'->>'state', c.last_state),
        troubles = coalesce((f->'asked'->>'troubles')::integer, c.troubles)
      where c.payment_number = (f->>'paymentNumber')::bigint and c.bank_code = f->>'bankCode'
        and c.revision = (f->>'revision')::integer;
  end loop;
end $$;

-- Whoever closes a payment starts its late watch, in the same transaction: due at once, for a new plan.
create function checks_watch_late() returns trigger language plpgsql as $$
begin
  update checks set ends_at = greatest(ends_at, now()), next_at = now(), watched_next_at = null, thin = false, troubles = 0,
      revision = revision + 1, claimed_until = null
    where payment_number = new.number;
  return null;
end $$;
create trigger payments_watched_late after update of status on payments for each row
  when (new.status <> old.status and new.status in ('failed', 'cancelled', 'expired')) execute function checks_watch_late();

-- A payment that nobody uses is closed in the end; while a bank cannot say, it is tried again at this time.
alter table payments add column expiry_try_at timestamptz;
create index payments_open_by_age on payments (opened_at) where status in ('pending', 'processing');

-- Takes open payments that nobody used for a while, the oldest first, and puts each off by `again` should we die.
create function claim_unused(most integer, unused interval, grace interval, again interval)
returns setof jsonb language plpgsql as $$
declare
  one bigint;
begin
  for one in
    select p.number from payments p
      where p.status in ('pending', 'processing') and p.opened_at <= now() - unused
        and (p.expiry_try_at is null or p.expiry_try_at <= now())
        and not exists (select from inquiries i where i.payment_number = p.number and i.last_at > now() - unused)
        and not exists (select from attempts a where a.payment_number = p.number
          and (a.created_at > now() - unused or a.expires_at > now() - grace))
        -- Held money waits for a person, who may apply it here.
        and not exists (select from receipts r join suspense s on s.receipt_id = r.id
          where r.payment_number = p.number and s.state = 'open')
      order by p.opened_at limit most for update of p skip locked
  loop
    update payments set expiry_try_at = now() + again where number = one;
    return next payment_snapshot(one);
  end loop;
end $$;

-- As before, and the bank's schedule begins with the attempt, in its transaction.
create or replace function open_attempt(p jsonb) returns jsonb language plpgsql as $$
declare
  pay payments;
  a attempts;
  last_id bigint;
  fresh bigint;
begin
  select * into pay from payments where number = (p->>'paymentNumber')::bigint for update;
  if not found or pay.status not in ('pending', 'processing') then
    return jsonb_build_object('kind', 'not_open', 'status', pay.status);
  end if;
  select * into a from attempts
    where payment_number = pay.number and bank_code = p->>'bankCode' and state in ('creating', 'open');
  if found and a.state = 'open' and a.expires_at > (p->>'at')::timestamptz then
    return jsonb_build_object('kind', 'live', 'payment', payment_snapshot(pay.number), 'attemptId', a.id);
  end if;
  if found and a.state = 'creating' and a.created_at > (p->>'busySince')::timestamptz then
    return jsonb_build_object('kind', 'busy');
  end if;
  select max(id) into last_id from attempts where payment_number = pay.number and bank_code = p->>'bankCode';
  if last_id > coalesce((p->>'checkedUpTo')::bigint, 0) then
    return jsonb_build_object('kind', 'check_first', 'lastAttemptId', last_id);
  end if;
  update attempts set state = 'closed', closed_at = now(), closed_because = 'replaced by a new attempt after a check'
    where payment_number = pay.number and bank_code = p->>'bankCode' and state in ('creating', 'open');
  insert into attempts (payment_number, bank_code, merchant_account_id, reference, state, created_by, created_at, expires_at)
    values (pay.number, p->>'bankCode', (p->>'merchantAccountId')::integer, pay.number::text, 'creating',
            p->>'createdBy', (p->>'at')::timestamptz, (p->>'expiresAt')::timestamptz)
    returning id into fresh;
  -- Null: the bank cannot be asked.
  if p->>'firstCheckAt' is not null then
    insert into checks as c (payment_number, bank_code, attempt_id, asked_from, ends_at, next_at, watched_next_at)
      values (pay.number, p->>'bankCode', fresh, (p->>'at')::timestamptz, (p->>'expiresAt')::timestamptz,
              (p->>'firstCheckAt')::timestamptz, (p->>'firstCheckAt')::timestamptz)
      on conflict (payment_number, bank_code) do update set attempt_id = excluded.attempt_id,
        asked_from = excluded.asked_from, ends_at = excluded.ends_at, next_at = excluded.next_at,
        watched_next_at = excluded.watched_next_at, thin = false, troubles = 0, revision = c.revision + 1, claimed_until = null;
  end if;
  return jsonb_build_object('kind', 'reserved', 'payment', payment_snapshot(pay.number), 'attemptId', fresh);
end $$;
