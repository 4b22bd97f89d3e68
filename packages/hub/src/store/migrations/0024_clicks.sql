-- "I have paid": whoever presses it may have a bank asked at once, but not so often that nobody else can be.

-- Calls of one day that were spent on people's word, per bank that counts them.
create table call_clicks (
  bank_code text not null references banks,
  -- When the bank's day began.
  day_start timestamptz not null,
  clicks integer not null check (clicks >= 0),
  primary key (bank_code, day_start)
);

-- Takes one click of a payment: at most `most` of it, `again` apart; and of `bank`, where it counts its calls, one of the
-- `cap` of its day. False: not now.
create function take_click(payment bigint, most integer, again interval, bank text, day_began timestamptz, cap integer)
returns boolean language plpgsql as $$
begin
  if bank is not null then
    insert into call_clicks as c values (bank, day_began, 0) on conflict do nothing;
    -- Whoever waited here for another reads the row anew: no two ever take the last one.
    update call_clicks set clicks = clicks + 1 where bank_code = bank and day_start = day_began and clicks < cap;
    if not found then
      return false;
    end if;
  end if;
  update checks set clicks = clicks + 1, clicked_at = now()
    where payment_number = payment and next_at is not null and clicks < most
      and (clicked_at is null or clicked_at <= now() - again);
  if found then
    return true;
  end if;
  update call_clicks set clicks = clicks - 1 where bank_code = bank and day_start = day_began;
  return false;
end $$;
