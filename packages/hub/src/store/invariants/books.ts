// conservation and zero_sum. Each damage is told once: a journal that does not sum to zero is zero_sum's, and what it says
// about its receipt is not compared with anything then.

const offBalance = `select e.journal_id from entries e group by e.journal_id, e.currency having sum(e.amount_minor) <> 0`

export const zeroSum = `select 'Journal ' || e.journal_id || coalesce(' of receipt ' || min(j.receipt_id), '') || ' is off by ' || sum(e.amount_minor) || ' minor units of ' || e.currency as sentence
  from entries e left join journals j on j.id = e.journal_id group by e.journal_id, e.currency having sum(e.amount_minor) <> 0`

/** Refunds that have, or may still have, taken money away. */
const holds = `status not in ('failed', 'cancelled')`

// What a bank took back is in the ledger only, so the ledger's figures are kept apart from it ("own") where the lists know
// nothing of it. Credits are counted as positive amounts.
const ledger = `select j.receipt_id, bool_or(j.kind = 'receipt') as has_receipt, bool_or(j.id in (select journal_id from off_balance)) as is_off,
      coalesce(sum(e.amount_minor) filter (where e.account like 'bank:%' and j.kind not in ('reversal', 'adjustment')), 0) as bank_own,
      coalesce(-sum(e.amount_minor) filter (where e.account like 'bank:%' and j.kind in ('reversal', 'adjustment')), 0) as reversed,
      coalesce(-sum(e.amount_minor) filter (where (e.account like 'payable:%' or e.account like 'wallet:%') and j.kind not in ('reversal', 'adjustment')), 0) as applied_own,
      coalesce(-sum(e.amount_minor) filter (where e.account like 'payable:%' or e.account like 'wallet:%'), 0) as applied,
      coalesce(-sum(e.amount_minor) filter (where e.account = 'writeoff' and j.kind not in ('reversal', 'adjustment')), 0) as written_own,
      coalesce(-sum(e.amount_minor) filter (where e.account = 'writeoff'), 0) as written,
      coalesce(-sum(e.amount_minor) filter (where e.account like 'suspense:%'), 0) as held,
      coalesce(-sum(e.amount_minor) filter (where e.account like 'refunds:%'), 0) as refunding
    from journals j join entries e on e.journal_id = j.id group by j.receipt_id`

// Per receipt, and so per bank and currency. The lists are compared with the receipt, then the ledger with the lists.
export const conservation = `with off_balance as materialized (${offBalance}), ledger as (${ledger}
  ), applied as (select receipt_id, sum(amount_minor) as minor from applications group by receipt_id
  ), held as (select receipt_id, sum(remaining_minor) as minor from suspense group by receipt_id
  ), refunded as (
    select receipt_id, sum(amount_minor) filter (where ${holds}) as minor,
        sum(amount_minor) filter (where ${holds} and payment_number is not null) as of_applied,
        sum(amount_minor) filter (where status = 'succeeded') as sent
      from refunds group by receipt_id
  ), written as (select receipt_id, sum(amount_minor) as minor from acts where kind = 'write_off' and status = 'done' group by receipt_id
  ), lists as (
    select r.id, r.bank_code, r.currency, r.amount_minor, l.is_off, l.has_receipt, l.bank_own, l.applied_own, l.written_own, l.held as ledger_held, l.refunding as ledger_refunding,
        coalesce(a.minor, 0) - coalesce(f.of_applied, 0) as applied, coalesce(h.minor, 0) as held, coalesce(f.minor, 0) as refunded,
        coalesce(f.sent, 0) as sent, coalesce(w.minor, 0) as written, coalesce(l.reversed, 0) as reversed,
        coalesce(l.applied_own - l.applied, 0) as applied_reversed, coalesce(l.written_own - l.written, 0) as written_reversed
      from receipts r left join ledger l on l.receipt_id = r.id left join applied a on a.receipt_id = r.id left join held h on h.receipt_id = r.id
        left join refunded f on f.receipt_id = r.id left join written w on w.receipt_id = r.id
  ), placed as (
    select *, applied - applied_reversed as applied_now, written - written_reversed as written_now,
        applied - applied_reversed + held + refunded + written - written_reversed + reversed = amount_minor
          and least(applied - applied_reversed, held, refunded, written - written_reversed, reversed) >= 0 as is_whole
      from lists
  )
  select 'Receipt ' || id || ' of ' || bank_code || ' is of ' || amount_minor || ' minor units of ' || currency || ': applied ' || applied_now
      || ', in suspense ' || held || ', refunded ' || refunded || ', written off ' || written_now || ', reversed ' || reversed as sentence
    from placed where not is_whole and not (coalesce(is_off, false) and reversed <> 0)
  union all select 'Receipt ' || id || ' of ' || bank_code || ' has no journal in the ledger' from placed where has_receipt is not true
  union all select 'Receipt ' || id || ' of ' || bank_code || ' in minor units of ' || currency || ': ' || concat_ws(', ',
        case when bank_own <> amount_minor - sent then 'at the bank ' || amount_minor - sent || ', in the ledger ' || bank_own end,
        case when applied_own <> applied then 'applied ' || applied || ', in the ledger ' || applied_own end,
        case when ledger_held <> held then 'in suspense ' || held || ', in the ledger ' || ledger_held end,
        case when ledger_refunding <> refunded - sent then 'being refunded ' || refunded - sent || ', in the ledger ' || ledger_refunding end,
        case when written_own <> written then 'written off ' || written || ', in the ledger ' || written_own end)
    from placed where is_whole and has_receipt and not is_off
      and (bank_own, applied_own, ledger_held, ledger_refunding, written_own) <> (amount_minor - sent, applied, held, refunded - sent, written)
  union all select 'Journal ' || j.id || ' posts ' || e.amount_minor || ' minor units of ' || e.currency || ' to ' || e.account || ', and receipt ' || r.id || ' is of ' || r.bank_code || ' in ' || r.currency
    from entries e join journals j on j.id = e.journal_id join receipts r on r.id = j.receipt_id
    where (e.currency <> r.currency or (e.account ~ '^(bank|suspense|refunds):' and split_part(e.account, ':', 2) <> r.bank_code))
      and j.id not in (select journal_id from off_balance)
  union all select 'Receipt ' || receipt_id || ' is gone, and named by ' || string_agg(distinct what, ', ' order by what)
    from (select receipt_id, 'journals' as what from journals union all select receipt_id, 'applications' from applications
      union all select receipt_id, 'suspense' from suspense union all select receipt_id, 'refunds' from refunds
      union all select receipt_id, 'acts' from acts) n
    where not exists (select from receipts r where r.id = n.receipt_id) group by receipt_id
  union all select 'Payment ' || e.payment_number || ' was told to be taken back ' || e.times || ' times, and the ledger knows of ' || coalesce(l.times, 0)
    from (select payment_number, count(*) as times from events where type = 'gateway.payment.reversed' group by payment_number) e
      left join (select n.payment_number, count(*) as times from journals j
        join (select id as receipt_id, payment_number from receipts union select receipt_id, payment_number from applications) n on n.receipt_id = j.receipt_id
        where j.kind = 'reversal' group by n.payment_number) l on l.payment_number = e.payment_number
    where e.times > coalesce(l.times, 0)
  union all select 'Journal ' || e.journal_id || ' is gone, and its entries are there' from entries e
    where not exists (select from journals j where j.id = e.journal_id) group by e.journal_id`
