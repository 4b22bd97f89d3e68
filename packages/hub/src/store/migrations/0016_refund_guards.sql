-- A refund begins at the beginning, is of the money that it names, and whatever it becomes is a move with a new version.

create or replace function refunds_guard() returns trigger language plpgsql as $$
begin
  if new.id <> old.id or new.receipt_id <> old.receipt_id or new.payment_number is distinct from old.payment_number
     or new.suspense_id is distinct from old.suspense_id or new.bank_code <> old.bank_code
     or new.amount_minor <> old.amount_minor or new.currency <> old.currency or new.mode <> old.mode
     or new.reason <> old.reason or new.requested_by <> old.requested_by or new.needs_second <> old.needs_second
     or new.correlation_id <> old.correlation_id or new.created_at <> old.created_at then
    raise exception 'refund % keeps what it was asked with', old.id using errcode = 'restrict_violation';
  end if;
  if new.version = old.version then
    -- It is put off, and no more than that.
    if (new.status, new.approved_by, new.baseline_minor, new.bank_refund_id, new.evidence, new.sent_at, new.finished_at)
       is distinct from
       (old.status, old.approved_by, old.baseline_minor, old.bank_refund_id, old.evidence, old.sent_at, old.finished_at)
       or old.finished_at is not null and (new.sentence, new.tries) <> (old.sentence, old.tries) then
      raise exception 'refund % changes by a move only', old.id using errcode = 'restrict_violation';
    end if;
    return new;
  end if;
  if new.version <> old.version + 1 or not exists (
    select from refund_transitions where from_status = old.status and to_status = new.status
  ) then
    raise exception 'refund % cannot go from % to %', old.id, old.status, new.status using errcode = 'restrict_violation';
  end if;
  if old.approved_by is not null and new.approved_by is distinct from old.approved_by then
    raise exception 'refund % was agreed to by %', old.id, old.approved_by using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

create function refunds_begin() returns trigger language plpgsql as $$
begin
  if new.status <> 'requested' or new.version <> 1 or new.approved_by is not null or new.sent_at is not null
     or new.finished_at is not null then
    raise exception 'refund % begins as requested', new.id using errcode = 'restrict_violation';
  end if;
  if not exists (select from receipts r where r.id = new.receipt_id and r.bank_code = new.bank_code and r.currency = new.currency)
     or new.suspense_id is not null
       and not exists (select from suspense s where s.id = new.suspense_id and s.receipt_id = new.receipt_id)
     or new.payment_number is not null
       and not exists (select from applications a where a.payment_number = new.payment_number and a.receipt_id = new.receipt_id) then
    raise exception 'refund % is of other money than receipt % brought', new.id, new.receipt_id using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger refunds_begin before insert on refunds for each row execute function refunds_begin();
