-- Banks are switched on and off while hubs run: the tables decide, and every process hears of a change at once.

create function tell_banks_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('banks_changed', '');
  return null;
end $$;
create trigger banks_tell after insert or update or delete on banks
  for each statement execute function tell_banks_changed();
create trigger merchant_accounts_tell after insert or update or delete on merchant_accounts
  for each statement execute function tell_banks_changed();

-- Switches a bank, with its row in the audit log and the answer under the request's key. Switched so already, it only answers.
create function switch_bank(p jsonb) returns void language plpgsql as $$
declare
  wanted boolean := (p->>'active')::boolean;
  was boolean;
begin
  select active into strict was from banks where code = p->>'code' for update;
  if was <> wanted then
    update banks set active = wanted where code = p->>'code';
    insert into audit (actor, action, object, before, after, reason, correlation_id)
      values (p->>'actor', case when wanted then 'bank.enabled' else 'bank.disabled' end, 'bank ' || (p->>'code'),
              jsonb_build_object('active', was), jsonb_build_object('active', wanted), p->>'reason', p->>'correlationId');
  end if;
  perform store_answers(p->'answers');
end $$;

-- Puts a bank's bearer into a slot, with its row in the audit log; the one that was in the slot works no more. The lock is
-- that of the other writer of this table.
create function put_bank_bearer(p jsonb) returns void language plpgsql as $$
declare
  before jsonb;
begin
  perform pg_advisory_xact_lock(4816023);
  update bearer_tokens set revoked_at = now()
    where kind = 'bank' and holder = p->>'code' and slot = (p->>'slot')::smallint and revoked_at is null
    returning jsonb_build_object('slot', slot, 'fingerprint', left(token_sha256, 16)) into before;
  insert into bearer_tokens (token_sha256, kind, holder, slot, scopes)
    values (p->>'sha256', 'bank', p->>'code', (p->>'slot')::smallint, array['bank:' || (p->>'code')]);
  insert into audit (actor, action, object, before, after, reason, correlation_id)
    values (p->>'actor', 'bank.bearer_made', 'bank ' || (p->>'code'), before,
            jsonb_build_object('slot', (p->>'slot')::smallint, 'fingerprint', left(p->>'sha256', 16)), p->>'reason', p->>'correlationId');
end $$;
