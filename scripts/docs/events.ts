import {
  describePayment,
  describeReceipt,
  type EventBody,
  type EventType,
  eventTypes,
  sinksOf,
} from '../../packages/hub/src/domain/events.ts'
import type { Payment } from '../../packages/hub/src/domain/payment.ts'
import { code, fenced, markdownTable, pageHead } from './markdown.ts'

/** When each event is written. \`undefined\`: the name is reserved, and no flow writes it yet. */
export const writtenWhen: Record<EventType, string | undefined> = {
  'payment.opened': 'A bill was found and a payment opened for it.',
  'gateway.payment.confirmed': "A bank's confirmation of a bill payment was accepted.",
  'gateway.payment.verified': 'A KHQR payment was proved with the bank.',
  'gateway.payment.success': 'The payment is completed, either way. Written right after the one of the two above.',
  'gateway.payment.failed': undefined,
  'gateway.payment.cancelled':
    'The bill changed, or somebody gave the payment up: closed after a last look at its banks.',
  'gateway.payment.expired': 'Nobody used the payment for a day (setting), and its banks say unpaid.',
  'gateway.receipt.suspense': 'Money arrived for a known payment that does not fit it.',
  'gateway.payment.refunded': 'The bank sent money back to its payer, or an operator showed that he did.',
  'gateway.payment.reversed': 'The bank took back money that was in the books; the status of the payment stays.',
  'khqr.generated-event': 'A code was made, compared with its payment, and shown.',
}

const fields: Record<keyof EventBody, string> = {
  payment: '`id`, `number`, and the `status` after this event.',
  payable: 'What was owed: `kind` (`premium`, `topup` or `order`), `biller`, `number`, `dueDate`.',
  bank: 'Code of the bank, where one took part.',
  amount: "What is owed, as decimal text with the currency's decimals.",
  currency: '`USD` or `KHR`.',
  openedAt: 'When the payment was opened.',
  receipt:
    'Where money moved: `bankTransactionId`, `amount`, `currency`, `paidAt`, `proof` (`verified` or `notice`), and `suspenseReason` where it does not fit.',
  expiresAt: 'Until when a code is shown.',
  refund:
    'Where money was paid back: `id`, `amount`, `currency`, `bankTransactionId` (the movement paid back), `reason`, `finishedAt`, and `of`: `applied` (it had settled the payment) or `suspense` (it never had).',
}

export function eventsPage(): string {
  const rows = eventTypes.map((type) => [code(type), writtenWhen[type] ?? 'Not written yet.', toldTo(type)])
  return `${pageHead('Events', ['packages/hub/src/domain/events.ts'])}
An event is written in the transaction that makes it true: there is no change of a payment without its event, and no event
without its change. Events of one payment are numbered from 1 without a hole (\`sequence\`).

Two consumers inside the hub are told. \`integration\` credits the premium, and writes a credit note when a credited premium
was paid back; it is retried for as long as it takes. \`customer\` issues the [receipt](receipts.md) of whatever was paid and queues
the customer's message. Each is told at least once, in order per payment. Others read the table \`events\`; Kafka, merchant webhooks and an
events API are not there yet.

${markdownTable(['type', 'written when', 'told to'], rows)}

Each row of \`events\` has \`position\`, \`id\` (\`evt_…\`), \`type\`, \`payment_number\`, \`sequence\`, \`correlation_id\`,
\`occurred_at\` and this \`body\`:

${markdownTable(
  ['field', 'holds'],
  Object.entries(fields).map(([name, holds]) => [code(name), holds]),
)}

Amounts are decimal text, times RFC 3339 in UTC.

## Example: \`gateway.payment.success\`

${fenced('json', JSON.stringify(paid(), null, 2))}

## Example: \`gateway.receipt.suspense\`

${fenced('json', JSON.stringify(held(), null, 2))}
`
}

/** "integration, customer", or by what was paid where that matters. */
function toldTo(type: EventType): string {
  const kinds = Object.entries(sinksOf[type] ?? {}).filter(([, sinks]) => sinks.length > 0)
  return kinds.map(([kind, sinks]) => `${kind}: ${sinks.join(', ')}`).join('; ')
}

const at = (time: string) => new Date(`2026-01-07T${time}Z`)

const payment: Payment = {
  number: 150_001,
  id: 'pay_01kebv3m4wf2sr4y5x8q9tz6ab',
  payableKind: 'premium',
  creditAccount: 'payable:premium',
  biller: 'DLIS',
  billNumber: 'P123456789',
  billKey: '2026-02-15',
  amount: { amountMinor: 15_000n, currency: 'USD' },
  status: 'processing',
  version: 2,
  eventSequence: 2,
  openedAt: at('05:00:00'),
  closedAt: undefined,
  refundedMinor: 0n,
  completedAt: undefined,
  payer: { name: 'Sok Sample', email: undefined, phone: undefined },
  attempts: [],
  receipts: [],
  inquiries: [],
  bill: { completedBy: undefined, openBy: 150_001, heldBy: undefined },
}

const movement = {
  bankTransactionId: '17677584600000000',
  paidAt: at('05:01:00'),
  proof: 'verified',
}

function paid(): EventBody {
  const receipt = describeReceipt({ ...movement, amount: payment.amount })
  return describePayment(payment, 'completed', { bank: 'AMK', receipt })
}

function held(): EventBody {
  const amount = { amountMinor: 14_900n, currency: 'USD' as const }
  const receipt = describeReceipt({ ...movement, amount, suspenseReason: 'underpaid' })
  return describePayment(payment, 'processing', { bank: 'AMK', receipt })
}
