-- As before, and money that was reversed is looked for once more, a good minute later.
create or replace function write_posting(a jsonb) returns void language plpgsql as $$
declare
  about bigint := (a->>'receiptId')::bigint;
  j jsonb;
  fresh bigint;
begin
  perform pg_advisory_xact_lock(hashtextextended('receipt ' || about, 0));
  if (select count(*) from journals where receipt_id = about) <> (a->>'expectedJournals')::bigint then
    raise exception 'the money of receipt % has moved since it was read', about using errcode = 'KH409';
  end if;
  for j in select * from jsonb_array_elements(coalesce(a->'takes', '[]')) loop
    update suspense set remaining_minor = remaining_minor - (j->>'amountMinor')::bigint,
        state = case when remaining_minor = (j->>'amountMinor')::bigint then 'resolved' else 'open' end,
        resolved_at = case when remaining_minor = (j->>'amountMinor')::bigint then now() end
      where id = (j->>'suspenseId')::bigint and receipt_id = about;
  end loop;
  if a->'hold' is not null then
    insert into suspense (receipt_id, reason, amount_minor, remaining_minor)
      values (about, a->'hold'->>'reason', (a->'hold'->>'amountMinor')::bigint, (a->'hold'->>'amountMinor')::bigint);
  end if;
  if a->'application' is not null then
    insert into applications (receipt_id, payment_number, amount_minor)
      values (about, (a->'application'->>'paymentNumber')::bigint, (a->'application'->>'amountMinor')::bigint);
  end if;
  for j in select * from jsonb_array_elements(a->'journals') loop
    insert into journals (kind, receipt_id, memo, refund_id) values (j->>'kind', about, j->>'memo', j->>'refundId')
      returning id into fresh;
    insert into entries (journal_id, line, account, currency, amount_minor)
      select fresh, e.line, e.account, e.currency, e."amountMinor"::bigint
        from jsonb_to_recordset(j->'entries') as e(line smallint, account text, currency text, "amountMinor" text);
  end loop;
  -- A bank that slipped, or lied, for a moment is found out soon: what it took back is looked for again.
  if a->'journals' @> '[{"kind": "reversal"}]' then
    update checks c set next_at = least(coalesce(c.next_at, 'infinity'), now() + interval '70 seconds'), thin = true,
        revision = c.revision + 1, claimed_until = null
      from receipts r where r.id = about and c.payment_number = r.payment_number and c.bank_code = r.bank_code;
  end if;
end $$;
