import { damagedBooks, receiptIdOf } from '../support/damage.ts'

// credited_once and monotone: what nobody can do to a payment, its history or its credit without being found.

const { payments, suffer } = await damagedBooks()
const { pending, processing, completed, credited, cancelled } = payments
const receipt = receiptIdOf(completed)
const sentence = (text: string) => new RegExp(`^${text}$`)

suffer([
  {
    what: 'a payment completed with a part of its amount',
    plant: `update applications set amount_minor = 14999 where receipt_id = ${receipt}`,
    red: {
      conservation: /^Receipt \d+ of BANK01 is of 15000 minor units of USD: applied 14999,/,
      credited_once: sentence(
        `Payment ${completed.number} is completed with 14999 of 15000 minor units applied \\(receipts \\d+\\)`,
      ),
    },
  },
  {
    what: 'a payment with two receipts applied',
    plant: `update applications set payment_number = ${credited.number} where receipt_id = ${receipt}`,
    red: {
      credited_once: sentence(
        `Payment (${credited.number} is completed with 30000 of 15000 minor units applied \\(receipts \\d+, \\d+\\)|${completed.number} is completed with 0 of 15000 minor units applied)`,
      ),
    },
  },
  {
    what: 'money of another currency applied',
    plant: [
      `update receipts set currency = 'KHR' where id = ${receipt}`,
      `update entries set currency = 'KHR' where journal_id = (select id from journals where receipt_id = ${receipt})`,
    ],
    red: {
      credited_once: sentence(
        `Payment ${completed.number} is in USD, and money of another currency is applied to it \\(receipts \\d+\\)`,
      ),
    },
  },
  {
    what: 'a credit for a payment that is not completed',
    plant: `insert into credits (payment_number, biller, policy_number, amount_minor, currency, state)
      values (${pending.number}, 'DLIS', '${pending.billNumber}', 15000, 'USD', 'sending')`,
    red: {
      credited_once: sentence(
        `Payment ${pending.number} is pending and of 15000 USD, its credit is sending and of 15000 USD`,
      ),
    },
  },
  {
    what: 'a credit of another amount',
    plant: `update credits set amount_minor = 1 where payment_number = ${credited.number}`,
    red: {
      credited_once: sentence(
        `Payment ${credited.number} is completed and of 15000 USD, its credit is credited and of 1 USD`,
      ),
    },
  },
  {
    what: 'a credit to another policy',
    plant: `update credits set policy_number = 'P-OTHER' where payment_number = ${credited.number}`,
    red: {
      credited_once: sentence(
        `Payment ${credited.number} is of DLIS ${credited.billNumber}, its credit of DLIS P-OTHER`,
      ),
    },
  },
  {
    what: 'a payment whose credit was called done and was never sent',
    plant: `update event_deliveries set state = 'delivered', delivered_at = now() where payment_number = ${completed.number}`,
    red: {
      credited_once: sentence(`Payment ${completed.number} was told to integration 1 times, and its credit is missing`),
    },
  },
  {
    what: 'a credit that was done before it was told',
    plant: `update event_deliveries set state = 'due', delivered_at = null where payment_number = ${credited.number}`,
    red: {
      credited_once: sentence(`Payment ${credited.number} was told to integration 0 times, and its credit is credited`),
    },
  },
  {
    what: 'a payment that is to be credited twice',
    plant: [
      `insert into events (id, type, payment_number, sequence, body, correlation_id, occurred_at)
        select 'evt_planted', type, payment_number, sequence + 1, body, correlation_id, occurred_at from events
          where payment_number = ${credited.number} and type = 'gateway.payment.success'`,
      `insert into event_deliveries (event_position, sink, payment_number, sequence)
        select position, unnest(array['integration', 'customer']), payment_number, sequence from events where id = 'evt_planted'`,
      `update payments set event_sequence = event_sequence + 1 where number = ${credited.number}`,
    ],
    red: { credited_once: sentence(`Payment ${credited.number} is to be credited 2 times`) },
  },
  {
    what: 'a status that was skipped in the history',
    plant: `delete from payment_history where payment_number = ${completed.number} and to_status = 'processing'`,
    red: { monotone: sentence(`Payment ${completed.number} went from processing to completed, after pending`) },
  },
  {
    what: 'a status without its history',
    plant: `update payments set status = 'failed' where number = ${pending.number}`,
    red: { monotone: sentence(`Payment ${pending.number} is failed, its history ends at pending`) },
  },
  {
    what: 'a payment without any history',
    plant: `delete from payment_history where payment_number = ${pending.number}`,
    red: { monotone: sentence(`Payment ${pending.number} is pending, its history ends at nothing`) },
  },
  {
    what: 'a history that begins in the middle',
    plant: [
      `delete from payment_history where payment_number = ${processing.number} and to_status = 'pending'`,
      `update payment_history set from_status = null where payment_number = ${processing.number}`,
    ],
    red: { monotone: sentence(`Payment ${processing.number} went from nothing to processing, after nothing`) },
  },
  {
    what: 'a move that the status table does not know',
    plant: [
      `insert into payment_history (payment_number, sequence, from_status, to_status, evidence, sentence, actor, correlation_id)
        values (${cancelled.number}, 99, 'cancelled', 'expired', 'deadline_passed', 'Planted.', 'a test', 'test-1')`,
      `update payments set status = 'expired' where number = ${cancelled.number}`,
      `insert into events (id, type, payment_number, sequence, body, correlation_id, occurred_at)
        select 'evt_planted', 'gateway.payment.expired', number, event_sequence + 1, '{}', 'test-1', now() from payments where number = ${cancelled.number}`,
      `update payments set event_sequence = event_sequence + 1 where number = ${cancelled.number}`,
    ],
    red: {
      monotone: sentence(
        `Payment ${cancelled.number} went from cancelled to expired by deadline_passed, which is no move of the status table`,
      ),
    },
  },
  {
    what: 'a move by evidence that does not lead there',
    plant: `update payment_history set evidence = 'given_up' where payment_number = ${completed.number} and to_status = 'completed'`,
    red: {
      monotone: sentence(
        `Payment ${completed.number} went from processing to completed by given_up, which is no move of the status table`,
      ),
    },
  },
  {
    what: 'a move that begins elsewhere than the one before it ended',
    plant: `update payment_history set from_status = 'pending' where payment_number = ${completed.number} and to_status = 'completed'`,
    red: { monotone: sentence(`Payment ${completed.number} went from pending to completed, after processing`) },
  },
  {
    what: 'a second beginning',
    plant: `update payment_history set from_status = null where payment_number = ${completed.number} and to_status = 'completed'`,
    red: { monotone: sentence(`Payment ${completed.number} went from nothing to completed, after processing`) },
  },
  {
    what: 'a completed payment without its time',
    plant: `update payments set completed_at = null where number = ${completed.number}`,
    red: { monotone: sentence(`Payment ${completed.number} is completed, and is said to be completed at no time`) },
  },
  {
    what: 'a way out of completed, opened in the database',
    plant: `insert into payment_transitions values ('completed', 'pending')`,
    red: {
      monotone: /^The database lets a payment go from completed to pending, which is no move of the status table$/,
    },
  },
  {
    what: 'a completed payment without money and without history',
    plant: `update payments set status = 'completed', completed_at = now() where number = ${pending.number}`,
    red: {
      credited_once: sentence(`Payment ${pending.number} is completed with 0 of 15000 minor units applied`),
      monotone: sentence(`Payment ${pending.number} is completed, its history ends at pending`),
    },
  },
])
