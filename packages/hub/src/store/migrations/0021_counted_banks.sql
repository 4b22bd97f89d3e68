-- What is kept for banks that count our status calls and give us tokens which live long.

-- Calls of one day, counted before they are sent: what was taken is spent, whatever becomes of the call.
create table call_days (
  bank_code text not null references banks,
  -- First 16 hex digits of the token's SHA-256: the bank counts by token.
  token text not null check (token ~ '^[0-9a-f]{16}$'),
  -- Of Phnom Penh, UTC+7.
  day date not null,
  spent integer not null default 0 check (spent >= 0),
  -- The bank refused: nothing more is sent on this day.
  latched_at timestamptz,
  -- The allowance as the bank's refusal called it, where it did.
  said_per_day integer check (said_per_day > 0),
  -- How many calls others made with this token until then: what the bank refused us of ours.
  by_others integer check (by_others >= 0),
  primary key (bank_code, token, day),
  check (latched_at is not null or num_nonnulls(said_per_day, by_others) = 0)
);

create function call_day_start(day date) returns timestamptz language sql immutable as
$$ select (day::timestamp - interval '7 hours') at time zone 'UTC' $$;

-- The bank's clock may be behind ours by this much.
create function call_day_margin() returns interval language sql immutable as $$ select interval '2 minutes' $$;

-- The smallest of the setting and what the bank last called its allowance, in the month up to this day: it may allow more
-- by then, and only trying tells.
create function calls_allowed(bank text, tok text, on_day date, setting integer) returns integer language sql stable as $$
  select least(setting, (select c.said_per_day from call_days c where c.bank_code = bank and c.token = tok
    and c.day between on_day - 30 and on_day and c.said_per_day is not null order by c.day desc limit 1))
$$;

-- Calls that may be made on a day: what is allowed, without what others used in the week before. At least half is tried
-- all the same: others may have stopped.
create function calls_per_day(bank text, tok text, on_day date, setting integer) returns integer language sql stable as $$
  select greatest(most - others, ceil(most / 2.0)::integer) from
    (select calls_allowed(bank, tok, on_day, setting) as most) said,
    (select coalesce(max(c.by_others), 0) as others from call_days c where c.bank_code = bank and c.token = tok
        and c.day between on_day - 7 and on_day - 1) used
$$;

-- The day that a call counts for. After a day that was used up or refused, the next one begins a little late: a call that
-- the bank still counts for the old day would be refused, and would shut the whole new one.
create function call_day(bank text, tok text, at timestamptz, setting integer) returns date language plpgsql stable as $$
declare
  today date := ((at at time zone 'UTC') + interval '7 hours')::date;
begin
  if at < call_day_start(today) + call_day_margin() and exists (
    select from call_days c where c.bank_code = bank and c.token = tok and c.day = today - 1
      and (c.latched_at is not null or c.spent >= calls_per_day(bank, tok, today - 1, setting))) then
    return today - 1;
  end if;
  return today;
end $$;

-- When the calls of a day are counted anew, for whoever asks at this time.
create function calls_reset_at(on_day date, at timestamptz) returns timestamptz language sql immutable as $$
  select call_day_start(on_day + 1) + case when at >= call_day_start(on_day + 1) then call_day_margin() else interval '0' end
$$;

-- The reserve shrinks with a smaller allowance, so that something is left to be planned.
create function calls_reserved(per_day integer, setting integer, reserve integer) returns integer language sql immutable as
$$ select (reserve * per_day) / setting $$;

-- Takes one call, or says until when there is none. A planned call leaves the reserve alone.
create function take_call(bank text, tok text, planned boolean, at timestamptz, setting integer, reserve integer)
returns table (granted boolean, until timestamptz) language plpgsql as $$
declare
  on_day date := call_day(bank, tok, at, setting);
  most integer := calls_per_day(bank, tok, on_day, setting);
begin
  if planned then
    most := most - calls_reserved(most, setting, reserve);
  end if;
  insert into call_days (bank_code, token, day) values (bank, tok, on_day) on conflict do nothing;
  -- Whoever waited here for another reads its row anew: no two ever take the same call.
  update call_days c set spent = c.spent + 1
    where c.bank_code = bank and c.token = tok and c.day = on_day and c.latched_at is null and c.spent < most;
  return query select found, calls_reset_at(on_day, at);
end $$;

-- The bank refused. The first refusal of a day tells what others have spent: what is allowed, and the refused call, less ours.
create function latch_calls(bank text, tok text, at timestamptz, setting integer, said integer) returns void
language plpgsql as $$
declare
  on_day date := call_day(bank, tok, at, setting);
begin
  -- A call of yesterday may be answered today.
  if at < call_day_start(on_day) + call_day_margin() and not exists (
    select from call_days c where c.bank_code = bank and c.token = tok and c.day = on_day and c.spent > 0) then
    on_day := on_day - 1;
  end if;
  insert into call_days (bank_code, token, day) values (bank, tok, on_day) on conflict do nothing;
  update call_days c set said_per_day = coalesce(said, c.said_per_day), latched_at = coalesce(c.latched_at, at)
    where c.bank_code = bank and c.token = tok and c.day = on_day;
  update call_days c set by_others = greatest(0, calls_allowed(bank, tok, on_day, setting) + 1 - c.spent)
    where c.bank_code = bank and c.token = tok and c.day = on_day and c.by_others is null;
end $$;

-- Long-lived access tokens, sealed (AES-256-GCM) with a key that the database does not have: the current one of each
-- bank, and the one before.
create table bank_tokens (
  id bigint generated always as identity primary key,
  bank_code text not null references banks,
  sealed text not null check (sealed ~ '^s1\.'),
  fingerprint text not null check (fingerprint ~ '^[0-9a-f]{16}$'),
  how text not null check (how in ('renewed', 'entered')),
  stored_by text not null,
  stored_at timestamptz not null default now(),
  replaced_at timestamptz
);
create unique index bank_tokens_one_current on bank_tokens (bank_code) where replaced_at is null;
create unique index bank_tokens_one_before on bank_tokens (bank_code) where replaced_at is not null;

-- Makes it the bank's token, with a row in the audit log. Answers whether it is another one than before.
create function put_bank_token(p jsonb) returns boolean language plpgsql as $$
declare
  was text;
begin
  perform pg_advisory_xact_lock(hashtextextended('bank_token ' || (p->>'bankCode'), 0));
  select fingerprint into was from bank_tokens where bank_code = p->>'bankCode' and replaced_at is null;
  if was = p->>'fingerprint' then
    update bank_tokens set sealed = p->>'sealed' where bank_code = p->>'bankCode' and replaced_at is null;
    return false;
  end if;
  delete from bank_tokens where bank_code = p->>'bankCode' and replaced_at is not null;
  update bank_tokens set replaced_at = now() where bank_code = p->>'bankCode' and replaced_at is null;
  insert into bank_tokens (bank_code, sealed, fingerprint, how, stored_by)
    values (p->>'bankCode', p->>'sealed', p->>'fingerprint', p->>'how', p->>'by');
  insert into audit (actor, action, object, before, after, reason, correlation_id)
    values (p->>'by', 'bank_token.' || (p->>'how'), 'bank ' || (p->>'bankCode'),
            case when was is not null then jsonb_build_object('fingerprint', was) end,
            jsonb_build_object('fingerprint', p->>'fingerprint'), p->>'reason', p->>'correlationId');
  return true;
end $$;

-- Puts one token's newly sealed value in place of what was read, unless it was replaced meanwhile.
create function reseal_bank_token(p jsonb) returns boolean language plpgsql as $$
declare
  t bank_tokens;
begin
  update bank_tokens set sealed = p->>'sealed' where id = (p->>'id')::bigint and sealed = p->>'readAs' returning * into t;
  if not found then
    return false;
  end if;
  insert into audit (actor, action, object, before, after, reason, correlation_id)
    values (p->>'by', 'bank_token.resealed', 'bank ' || t.bank_code, jsonb_build_object('key', p->>'keyBefore'),
            jsonb_build_object('key', p->>'key', 'fingerprint', t.fingerprint), null, p->>'correlationId');
  return true;
end $$;

-- Of several hubs one at a time looks after a bank's token, so that no two renew it.
create table bank_token_looks (
  bank_code text primary key references banks,
  claimed_until timestamptz not null
);
