import type { Db } from './db.ts'

/** What holds always. Each query answers one row per violation, with a sentence that says which rows. */
export const invariants = [
  {
    name: 'conservation',
    means:
      'Every receipt is applied or in suspense, whole; per bank and currency the ledger holds what was received, and holds in suspense what is open there.',
    violations: `select 'Receipt ' || r.id || ' of ' || r.bank_code || ' is of ' || r.amount_minor || ' minor units of ' || r.currency || ', applied and held are ' || p.placed as sentence
      from receipts r cross join lateral (select coalesce((select a.amount_minor from applications a where a.receipt_id = r.id), 0)
        + coalesce((select s.amount_minor from suspense s where s.receipt_id = r.id), 0) as placed) p where r.amount_minor <> p.placed
      union all
      select 'Bank ' || coalesce(b.bank_code, l.bank_code) || ' ' || coalesce(b.currency, l.currency) || ': receipts ' || coalesce(b.total, 0) || ', ledger ' || coalesce(l.total, 0)
      from (select bank_code, currency, sum(amount_minor) as total from receipts group by 1, 2) b
      full join (select substr(account, 6) as bank_code, currency, sum(amount_minor) as total from entries where account like 'bank:%' group by 1, 2) l
        on l.bank_code = b.bank_code and l.currency = b.currency where coalesce(b.total, 0) <> coalesce(l.total, 0)
      union all
      select 'Bank ' || coalesce(o.bank_code, l.bank_code) || ' ' || coalesce(o.currency, l.currency) || ': open suspense ' || coalesce(o.total, 0) || ', ledger ' || coalesce(l.total, 0)
      from (select r.bank_code, r.currency, sum(s.amount_minor) as total from suspense s join receipts r on r.id = s.receipt_id where s.state = 'open' group by 1, 2) o
      full join (select substr(account, 10) as bank_code, currency, -sum(amount_minor) as total from entries where account like 'suspense:%' group by 1, 2) l
        on l.bank_code = o.bank_code and l.currency = o.currency where coalesce(o.total, 0) <> coalesce(l.total, 0)`,
  },
  {
    name: 'zero_sum',
    means: 'Every journal sums to zero per currency, and every receipt has its journal.',
    violations: `select 'Journal ' || journal_id || ' is off by ' || sum(amount_minor) || ' minor units of ' || currency as sentence
        from entries group by journal_id, currency having sum(amount_minor) <> 0
      union all select 'Receipt ' || r.id || ' has no journal' from receipts r
        where not exists (select from journals j join entries e on e.journal_id = j.id where j.receipt_id = r.id and j.kind = 'receipt')`,
  },
  {
    name: 'credited_once',
    means:
      'A completed payment has receipts applied that add up to its amount, and no other payment has; a credit is of a completed payment and its amount; it is credited just when the integration service was told.',
    violations: `select 'Payment ' || p.number || ' is ' || p.status || ' with ' || coalesce(sum(a.amount_minor), 0) || ' of ' || p.amount_minor || ' minor units applied' as sentence
        from payments p left join applications a on a.payment_number = p.number group by p.number
        having (p.status = 'completed') <> (coalesce(sum(a.amount_minor), 0) = p.amount_minor)
          or (p.status <> 'completed' and count(a.receipt_id) > 0)
      union all select 'Payment ' || c.payment_number || ' is ' || p.status || ' and of ' || p.amount_minor || ' ' || p.currency || ', its credit is ' || c.state || ' and of ' || c.amount_minor || ' ' || c.currency
        from credits c join payments p on p.number = c.payment_number
        where p.status <> 'completed' or c.amount_minor <> p.amount_minor or c.currency <> p.currency
      union all select 'Payment ' || d.payment_number || ' was told to integration and its credit is ' || coalesce(c.state, 'missing')
        from event_deliveries d join events e on e.position = d.event_position left join credits c on c.payment_number = d.payment_number
        where e.type = 'gateway.payment.success' and d.sink = 'integration' and (d.state = 'delivered') <> (coalesce(c.state, '') = 'credited')
      union all select 'Payment ' || p.number || ' is completed and nobody was told to credit it' from payments p
        where p.status = 'completed' and not exists (select from events e join event_deliveries d on d.event_position = e.position
          where e.payment_number = p.number and e.type = 'gateway.payment.success' and d.sink = 'integration')`,
  },
  {
    name: 'monotone',
    means:
      'The recorded history of every payment only contains moves of the status table, and ends where the payment stands.',
    violations: `select 'Payment ' || payment_number || ' went from ' || coalesce(from_status, 'nothing') || ' to ' || to_status || ', after ' || coalesce(before, 'nothing') as sentence
        from (select payment_number, from_status, to_status, lag(to_status) over (partition by payment_number order by sequence) as before
          from payment_history) h
        where (from_status is null and before is not null) or from_status is distinct from before
          or (from_status is not null and not exists (select from payment_transitions t where t.from_status = h.from_status and t.to_status = h.to_status))
      union all select 'Payment ' || p.number || ' is ' || p.status || ', its history ends at ' || coalesce(h.to_status, 'nothing') from payments p
        left join lateral (select to_status from payment_history where payment_number = p.number order by sequence desc limit 1) h on true
        where h.to_status is distinct from p.status`,
  },
  {
    name: 'no_orphan_message',
    means: 'Every bank message that was answered with 2xx reached an outcome; every other undecided one is scheduled.',
    violations: `select 'Message ' || id || ' of ' || bank_code || ' was answered ' || answer_status || ' and is ' || outcome as sentence
        from inbox where answer_status between 200 and 299 and outcome in ('received', 'waiting') and next_try_at is null
      union all select 'Message ' || id || ' of ' || bank_code || ' has waited unjudged since ' || received_at
        from inbox where decided_at is null and next_try_at is null and received_at < now() - interval '5 minutes'`,
  },
  {
    name: 'outbox_complete',
    means:
      'Every status change has its event; sequences have no hole; every event that somebody must hear has its delivery.',
    violations: `select 'Payment ' || p.number || ' has ' || count(e.id) || ' events, its sequence stands at ' || p.event_sequence as sentence
        from payments p left join events e on e.payment_number = p.number group by p.number
        having count(e.id) <> p.event_sequence or coalesce(max(e.sequence), 0) <> p.event_sequence
      union all select 'Payment ' || h.payment_number || ' went to ' || h.to_status || ' ' || count(*) || ' times, with fewer ' || t.type || ' events'
        from payment_history h join (values ('pending', 'payment.opened'), ('processing', 'khqr.generated-event'), ('completed', 'gateway.payment.success'),
          ('failed', 'gateway.payment.failed'), ('cancelled', 'gateway.payment.cancelled'), ('expired', 'gateway.payment.expired')) as t(status, type) on t.status = h.to_status
        group by h.payment_number, h.to_status, t.type
        having count(*) > (select count(*) from events e where e.payment_number = h.payment_number and e.type = t.type)
      union all select 'Event ' || e.id || ' is delivered to nobody' from events e where e.type = 'gateway.payment.success'
        and not exists (select from event_deliveries d where d.event_position = e.position)`,
  },
] as const

export type InvariantName = (typeof invariants)[number]['name'] | 'qr_truth'

export type InvariantResult = { readonly name: string; readonly means: string; readonly violations: readonly string[] }

const mostSentences = 20

/** Checks every invariant that SQL can check, against the database as it is now. */
export async function checkInvariants(db: Db): Promise<InvariantResult[]> {
  const results = []
  for (const { name, means, violations } of invariants) {
    const rows = await db.query<{ sentence: string }>(
      `invariant_${name}`,
      `select sentence from (${violations}) as v limit ${mostSentences}`,
      [],
    )
    results.push({ name, means, violations: rows.map((row) => row.sentence) })
  }
  return results
}

export type ShownCode = {
  readonly paymentNumber: number
  readonly qrString: string
  readonly amountMinor: string
  readonly currency: string
  readonly reference: string
  readonly bankCode: string
  readonly accountNumber: string
  readonly payeeAccount: string
  readonly payeeMerchantId: string | null
}

/** Codes that were shown, newest first, with what they must say. `qr_truth` decodes each. */
export async function readShownCodes(db: Db, most: number): Promise<ShownCode[]> {
  return db.query<ShownCode>(
    'shown_codes',
    `select a.payment_number::float8 as "paymentNumber", a.qr_string as "qrString", p.amount_minor::text as "amountMinor", p.currency, a.reference,
        a.bank_code as "bankCode", m.account_number as "accountNumber", m.payee_account as "payeeAccount", m.payee_merchant_id as "payeeMerchantId"
      from attempts a join payments p on p.number = a.payment_number join merchant_accounts m on m.id = a.merchant_account_id
      where a.qr_string is not null order by a.id desc limit $1`,
    [most],
  )
}

/** What waits for a person or for its time: notes, not failures. */
export async function readOpenWork(db: Db): Promise<{ suspense: number; cases: number; waiting: number; due: number }> {
  const rows = await db.query<{ suspense: number; cases: number; waiting: number; due: number }>(
    'open_work',
    `select (select count(*)::int from suspense where state = 'open') as suspense,
        (select count(*)::int from cases where state = 'open') as cases,
        (select count(*)::int from inbox where decided_at is null) as waiting,
        (select count(*)::int from event_deliveries where state = 'due') as due`,
    [],
  )
  const [row] = rows
  if (!row) throw new Error('open_work answered nothing')
  return row
}
