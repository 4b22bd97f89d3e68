import { damagedBooks } from '../support/damage.ts'

// no_orphan_message and outbox_complete: nothing that a bank told us, and nothing that we must tell, is lost unseen.

const { payments, suffer } = await damagedBooks()
const { pending, processing, completed, credited, held, cancelled } = payments
const success = `payment_number = ${completed.number} and type = 'gateway.payment.success'`
const sentence = (text: string) => new RegExp(`^${text}$`)

suffer([
  {
    what: 'a message that was answered 200 and never judged',
    plant: `update inbox set outcome = 'received', decided_at = null, answer_status = 200 where outcome = 'applied'`,
    red: { no_orphan_message: /^Message \d+ of BANK01 was answered 200 and is received$/ },
  },
  {
    what: 'a message that was answered 200 and waits for nothing',
    plant: `update inbox set answer_status = 200, next_try_at = null where outcome = 'waiting'`,
    red: { no_orphan_message: /^Message \d+ of BANK01 was answered 200 and is waiting$/ },
  },
  {
    what: 'a message that nobody looked at for six minutes',
    plant: `update inbox set received_at = now() - interval '6 minutes' where outcome = 'received'`,
    red: { no_orphan_message: /^Message \d+ of BANK01 has waited unjudged since \d{4}-/ },
  },
  {
    what: 'a message that was called decided and has no outcome',
    plant: `update inbox set decided_at = now() where outcome = 'waiting'`,
    red: { no_orphan_message: /^Message \d+ of BANK01 is waiting, and is said to be decided at \d{4}-/ },
  },
  {
    what: 'an event that is missing',
    plant: `delete from events where payment_number = ${held.number} and type = 'gateway.receipt.suspense'`,
    red: { outbox_complete: sentence(`Payment ${held.number} has 1 events up to 1, its sequence stands at 2`) },
  },
  {
    what: 'a payment without any event',
    plant: `delete from events where payment_number = ${pending.number}`,
    red: {
      outbox_complete: sentence(
        `Payment ${pending.number} (has 0 events up to 0, its sequence stands at 1|went to pending without an event payment.opened)`,
      ),
    },
  },
  {
    what: 'a hole in the sequence',
    plant: `update events set sequence = 99 where payment_number = ${held.number} and sequence = 2`,
    red: { outbox_complete: sentence(`Payment ${held.number} has 2 events up to 99, its sequence stands at 2`) },
  },
  {
    what: 'a sequence that does not begin at 1',
    plant: `update events set sequence = 0 where payment_number = ${held.number} and sequence = 1`,
    red: { outbox_complete: sentence(`Payment ${held.number} has 2 events up to 2, its sequence stands at 2`) },
  },
  {
    what: 'a completed payment without its success event',
    plant: [
      `update event_deliveries set sink = 'nobody ' || sink where payment_number = ${completed.number}`,
      `update events set type = 'gateway.payment.verified' where ${success}`,
    ],
    red: {
      outbox_complete: sentence(
        `Payment ${completed.number} went to completed without an event gateway.payment.success`,
      ),
    },
  },
  {
    what: 'a cancelled payment without its event',
    plant: `update events set type = 'gateway.receipt.suspense' where payment_number = ${cancelled.number} and sequence = 2`,
    red: {
      outbox_complete: sentence(
        `Payment ${cancelled.number} went to cancelled without an event gateway.payment.cancelled`,
      ),
    },
  },
  {
    what: 'events in another order than the changes they tell',
    plant: [
      `update events set sequence = -1 where payment_number = ${processing.number} and type = 'payment.opened'`,
      `update events set sequence = 1 where payment_number = ${processing.number} and type = 'khqr.generated-event'`,
      `update events set sequence = 2 where payment_number = ${processing.number} and type = 'payment.opened'`,
    ],
    red: {
      outbox_complete: sentence(
        `Event evt_\\w+ tells that payment ${processing.number} went to processing, before the change before it is told`,
      ),
    },
  },
  {
    what: 'an event of success that is on its way to nobody',
    plant: `delete from event_deliveries where payment_number = ${completed.number}`,
    red: {
      outbox_complete: sentence(
        `Event evt_\\w+ of payment ${completed.number} is on its way to nobody who should hear it \\((integration|customer)\\)`,
      ),
    },
  },
  {
    what: 'a delivery that names another payment',
    plant: `update event_deliveries set payment_number = ${pending.number} where payment_number = ${completed.number}`,
    red: {
      outbox_complete: sentence(
        `The delivery of event evt_\\w+ to (integration|customer) names payment ${pending.number} and sequence \\d+, the event payment ${completed.number} and sequence \\d+`,
      ),
    },
  },
  {
    what: 'a delivery that stands elsewhere in the order than its event',
    plant: `update event_deliveries set sequence = sequence + 1 where payment_number = ${completed.number}`,
    red: {
      outbox_complete:
        /^The delivery of event evt_\w+ to (?:integration|customer) names payment (\d+) and sequence 5, the event payment \1 and sequence 4$/,
    },
  },
  {
    what: 'a delivery of an event that is gone',
    plant: [
      `delete from events where ${success}`,
      `update payments set event_sequence = event_sequence - 1 where number = ${completed.number}`,
    ],
    red: {
      outbox_complete: sentence(
        `(A delivery to (?:integration|customer) is of event position \\d+, which is not there|Payment ${completed.number} went to completed without an event gateway.payment.success)`,
      ),
    },
  },
  {
    what: 'an event that was delivered before the one before it',
    plant: `insert into event_deliveries (event_position, sink, payment_number, sequence, state, delivered_at)
      select position, 'integration', payment_number, sequence, 'due', null from events
        where payment_number = ${credited.number} and sequence = 1`,
    red: {
      outbox_complete: sentence(
        `Event position \\d+ of payment ${credited.number} was delivered to integration before event position \\d+`,
      ),
    },
  },
  {
    what: 'a delivery that was called done and has no time',
    plant: `update event_deliveries set delivered_at = null where payment_number = ${credited.number} and sink = 'integration'`,
    red: {
      outbox_complete:
        /^The delivery of event position \d+ to integration is delivered, and is said to be delivered at no time$/,
    },
  },
])
