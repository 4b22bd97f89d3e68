-- Counted banks: a code is watched for as long as it may be paid, whatever settled its payment meanwhile.

-- Whether more codes of this bank were shown for a payment than transfers of it are in the books.
create function may_be_paid(payment bigint, bank text) returns boolean language sql stable as $$
  select (select count(*) from attempts a where a.payment_number = payment and a.bank_code = bank and a.qr_string is not null)
    > (select count(*) from receipts r where r.payment_number = payment and r.bank_code = bank and r.channel = 'khqr')
$$;

-- As before; a completed payment goes on being read while a code of it may be paid, an older one of the same bank as well.
create or replace function read_looks(bank text, most integer) returns setof jsonb language sql as $$
  with settled as (
    -- It lists one transfer per code: once each has its own in the books, nothing more can be learnt.
    update checks c set next_at = null, watched_next_at = null from payments p
      where c.bank_code = bank and c.next_at is not null and p.number = c.payment_number and p.status = 'completed'
        and not may_be_paid(p.number, bank)
      returning c.payment_number
  ), waiting as (
    select c.*, p.status, row_number() over (order by c.asked_from desc) as from_newest,
        row_number() over (order by p.status in ('pending', 'processing') desc, c.ends_at) as from_oldest
      from checks c join payments p on p.number = c.payment_number
      where c.bank_code = bank and c.next_at is not null
        and (c.claimed_until is null or c.claimed_until <= now())
        and c.payment_number not in (select payment_number from settled)
  )
  select jsonb_build_object('paymentNumber', payment_number, 'status', status, 'madeAt', asked_from, 'endsAt', ends_at,
      'watchedUntil', watched_until, 'asks', asks, 'lastAskedAt', last_asked_at, 'troubles', troubles, 'now', now())
    from waiting where from_newest <= most / 2 or from_oldest <= most - most / 2
    order by asked_from desc
$$;

-- As before; a top-up that expires was looked at when its code had ended, and is not looked at once more for having expired.
create or replace function checks_watch_late() returns trigger language plpgsql as $$
begin
  update checks set ends_at = case when new.status = 'expired' and new.payable_kind <> 'premium' then ends_at
        else greatest(ends_at, now()) end,
      next_at = now(), watched_next_at = null, thin = false, troubles = 0, revision = revision + 1, claimed_until = null
    where payment_number = new.number;
  return null;
end $$;
