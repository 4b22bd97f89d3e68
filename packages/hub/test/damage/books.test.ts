import { damagedBooks, journalIdOf, receiptIdOf } from '../support/damage.ts'

// conservation and zero_sum: what nobody can do to the books without being found, though the guards of the database be off.

const { payments, suffer } = await damagedBooks()
const { completed, cancelled, held } = payments
const receipt = receiptIdOf(completed)
const journal = journalIdOf(completed)
const heldReceipt = `(select id from receipts where payment_number = ${held.number})`
const copied =
  'bank_code, merchant_account_id, channel, payment_number, reference, amount_minor, currency, paid_at, proof'

/** A refund of the 7 cents in suspense that names no journal, with this history. */
function plantRefund(status: string, history: readonly string[]): string[] {
  const id = 'rfd_0000000000000000000000test'
  return [
    `insert into refunds (id, receipt_id, suspense_id, bank_code, amount_minor, currency, mode, status, reason, sentence, requested_by, correlation_id)
      select '${id}', receipt_id, id, 'BANK01', 7, 'USD', 'manual', '${status}', 'planted', 'Planted.', 'operator-1', 'test-1'
        from suspense where amount_minor = 7`,
    `insert into refund_history (refund_id, sequence, from_status, to_status, sentence, actor, correlation_id)
      select '${id}', nth, lag(word) over (order by nth), word, 'Planted.', 'a test', 'test-1'
        from unnest('{${history.join(',')}}'::text[]) with ordinality as w(word, nth)`,
  ]
}

suffer([
  {
    what: 'an entry that was changed',
    plant: `update entries set amount_minor = amount_minor - 1 where journal_id = ${journal} and line = 0`,
    red: { zero_sum: /^Journal \d+ of receipt \d+ is off by -1 minor units of USD$/ },
  },
  {
    what: 'an entry in another currency than the other',
    plant: `update entries set currency = 'KHR' where journal_id = ${journal} and line = 0`,
    red: { zero_sum: /^Journal \d+ of receipt \d+ is off by -?15000 minor units of (KHR|USD)$/ },
  },
  {
    what: 'an entry that was taken away',
    plant: `delete from entries where journal_id = ${journal} and line = 1`,
    red: { zero_sum: /^Journal \d+ of receipt \d+ is off by 15000 minor units of USD$/ },
  },
  {
    what: 'a journal that is missing',
    plant: [`delete from entries where journal_id = ${journal}`, `delete from journals where receipt_id = ${receipt}`],
    red: { conservation: /^Receipt \d+ of BANK01 has no journal in the ledger$/ },
  },
  {
    what: 'a journal without entries',
    plant: `delete from entries where journal_id = ${journal}`,
    red: { conservation: /^Receipt \d+ of BANK01 has no journal in the ledger$/ },
  },
  {
    what: 'entries without their journal',
    plant: `delete from journals where receipt_id = ${receipt}`,
    red: {
      conservation:
        /^(Journal \d+ is gone, and its entries are there|Receipt \d+ of BANK01 has no journal in the ledger)$/,
    },
  },
  {
    what: 'a journal that balances and is of more than the receipt',
    plant: `update entries set amount_minor = amount_minor * 2 where journal_id = ${journal}`,
    red: {
      conservation:
        /^Receipt \d+ of BANK01 in minor units of USD: at the bank 15000, in the ledger 30000, applied 15000, in the ledger 30000$/,
    },
  },
  {
    what: 'a second journal of a receipt',
    plant: [
      `insert into journals (kind, receipt_id, memo) select 'adjustment', receipt_id, 'planted' from journals where id = ${journal}`,
      `insert into entries (journal_id, line, account, currency, amount_minor)
        select (select max(id) from journals), line, account, currency, amount_minor from entries where journal_id = ${journal}`,
    ],
    red: {
      conservation:
        /^Receipt \d+ of BANK01 is of 15000 minor units of USD: applied 30000, in suspense 0, .*, reversed -15000$/,
    },
  },
  {
    what: 'a journal in another currency than its receipt',
    plant: `update entries set currency = 'KHR' where journal_id = ${journal}`,
    red: { conservation: /^Journal \d+ posts -?15000 minor units of KHR to \S+, and receipt \d+ is of BANK01 in USD$/ },
  },
  {
    what: 'money on the account of another bank',
    plant: `update entries set account = 'bank:BANK02' where journal_id = ${journal} and line = 0`,
    red: {
      conservation: /^Journal \d+ posts 15000 minor units of USD to bank:BANK02, and receipt \d+ is of BANK01 in USD$/,
    },
  },
  {
    what: 'held money that the ledger owes on',
    plant: `update entries set account = 'payable:premium' where account = 'suspense:BANK01' and currency = 'KHR'`,
    red: {
      conservation:
        /^Receipt \d+ of BANK01 in minor units of KHR: applied 0, in the ledger 60000, in suspense 60000, in the ledger 0$/,
    },
  },
  {
    what: 'a receipt that was changed',
    plant: `update receipts set amount_minor = amount_minor + 1 where id = ${receipt}`,
    red: { conservation: /^Receipt \d+ of BANK01 is of 15001 minor units of USD: applied 15000, in suspense 0,/ },
  },
  {
    what: 'a receipt that vanished',
    plant: `delete from receipts where id = ${heldReceipt}`,
    red: { conservation: /^Receipt \d+ is gone, and named by journals, suspense$/ },
  },
  {
    what: 'a receipt out of nothing',
    plant: `insert into receipts (bank_transaction_id, ${copied}) select 'TX-planted', ${copied} from receipts where id = ${heldReceipt}`,
    red: {
      conservation:
        /^Receipt \d+ of BANK01 (has no journal in the ledger|is of 60000 minor units of KHR: applied 0, in suspense 0, .*)$/,
    },
  },
  {
    what: 'a receipt that is neither applied nor held, of a payment that is not completed',
    plant: `delete from suspense where receipt_id = ${heldReceipt}`,
    red: { conservation: /^Receipt \d+ of BANK01 is of 60000 minor units of KHR: applied 0, in suspense 0,/ },
  },
  {
    what: 'a receipt that is applied and held',
    plant: `insert into suspense (receipt_id, reason, amount_minor, remaining_minor) values (${receipt}, 'overpaid', 15000, 15000)`,
    red: { conservation: /^Receipt \d+ of BANK01 is of 15000 minor units of USD: applied 15000, in suspense 15000,/ },
  },
  {
    what: 'money that vanished from suspense',
    plant: `update suspense set remaining_minor = remaining_minor - 1 where amount_minor = 7`,
    red: { conservation: /^Receipt \d+ of BANK01 is of 7 minor units of USD: applied 0, in suspense 6,/ },
  },
  {
    what: 'applied money that the list holds in suspense',
    plant: [
      `insert into suspense (receipt_id, reason, amount_minor, remaining_minor) values (${receipt}, 'overpaid', 15000, 15000)`,
      `delete from applications where receipt_id = ${receipt}`,
    ],
    red: {
      conservation:
        /^Receipt \d+ of BANK01 in minor units of USD: applied 0, in the ledger 15000, in suspense 15000, in the ledger 0$/,
      credited_once: new RegExp(`^Payment ${completed.number} is completed with 0 of 15000 minor units applied$`),
    },
  },
  {
    what: 'money that is said to be refunded',
    plant: plantRefund('succeeded', ['requested', 'requires_evidence', 'succeeded']),
    red: { conservation: /^Receipt \d+ of BANK01 is of 7 minor units of USD: applied 0, in suspense 7, refunded 7,/ },
  },
  {
    what: 'money that is said to be written off, in the list but not in the ledger',
    plant: [
      `insert into acts (id, kind, suspense_id, receipt_id, amount_minor, currency, reason, status, requested_by, decided_by, decided_at, correlation_id)
        select 'act_0000000000000000000000test', 'write_off', id, receipt_id, 7, 'USD', 'planted', 'done', 'operator-1', 'operator-1', now(), 'test-1'
          from suspense where amount_minor = 7`,
      `update suspense set remaining_minor = 0, state = 'resolved' where amount_minor = 7`,
    ],
    red: {
      conservation:
        /^Receipt \d+ of BANK01 in minor units of USD: in suspense 0, in the ledger 7, written off 7, in the ledger 0$/,
    },
  },
  {
    what: 'money that is being refunded, in the list but not in the ledger',
    plant: [
      ...plantRefund('requested', ['requested']),
      `update suspense set remaining_minor = 0, state = 'resolved' where amount_minor = 7`,
    ],
    red: {
      conservation:
        /^Receipt \d+ of BANK01 in minor units of USD: in suspense 0, in the ledger 7, being refunded 7, in the ledger 0$/,
    },
  },
  {
    what: 'a bank that is said to have taken a receipt back',
    plant: [
      `insert into journals (kind, receipt_id, memo) select 'reversal', receipt_id, 'planted' from journals where id = ${journal}`,
      `insert into entries (journal_id, line, account, currency, amount_minor) values ((select max(id) from journals), 0, 'bank:BANK01', 'USD', -15000),
        ((select max(id) from journals), 1, 'suspense:BANK01', 'USD', 15000)`,
    ],
    red: {
      conservation: /^Receipt \d+ of BANK01 is of 15000 minor units of USD: applied 15000, .*, reversed 15000$/,
      outbox_complete: new RegExp(
        `^Receipt \\d+ of payment ${completed.number} was taken back 1 times, with fewer events gateway.payment.reversed$`,
      ),
    },
  },
  {
    what: 'money applied to another payment than the one it completed',
    plant: `update applications set payment_number = ${cancelled.number} where receipt_id = ${receipt}`,
    red: {
      credited_once: new RegExp(
        `^Payment (${completed.number} is completed with 0|${cancelled.number} is cancelled with 15000) of 15000 minor units applied( \\(receipts \\d+\\))?$`,
      ),
    },
  },
])
