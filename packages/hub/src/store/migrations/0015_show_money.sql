-- Amounts as sentences say them: `USD 150.00`, `KHR 600000`. The decimals are those of money/money.ts; a test compares them.

create function show_money(minor bigint, currency text) returns text language sql immutable as $$
  select currency || ' ' || case currency when 'USD' then (minor / 100::numeric)::numeric(30, 2)::text else minor::text end
$$;
