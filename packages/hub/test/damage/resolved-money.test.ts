import assert from 'node:assert/strict'
import { after, type TestContext } from 'node:test'
import { returnReceipt } from '../../src/flows/return-receipt.ts'
import { reverseReceipt } from '../../src/flows/reverse-receipts.ts'
import { becomes, type Code, makeCode, patiently, pay, startBadDays } from '../support/bad-day.ts'
import { damageTo } from '../support/damage.ts'
import { applyTo, approve, heldFor, refundHeld, refundPayment, writeOff } from '../support/held-money.ts'
import type { TestHub } from '../support/running-hub.ts'

// conservation and its neighbours on books in which money was refunded, written off, applied by operators and taken back,
// all of it by the running hub.

const asker = { actor: 'a test', correlationId: 'test-1' }
const hub = await startBadDays({ after } as TestContext)
const refunded = await settled(hub)
const writtenOff = await underpaid(hub)
const refunding = await underpaid(hub, 'AMK')
const given = await underpaid(hub)
const takenBack = await settled(hub)
const returned = await settled(hub)
const refund = await refundPart(hub, refunded)
const appliedTo = await resolve(hub)
await reverse(hub, takenBack)
await reverse(hub, returned)
await giveBack(hub, returned)
await rest(hub)
await hub.stop()

const suffer = damageTo({ connectionString: hub.running.config.databaseUrl ?? '' })
const receipt = (code: Code) => `(select id from receipts where payment_number = ${code.id})`
const about = (text: string) => new RegExp(`^Receipt \\d+ of \\w+ ${text}`)

suffer([
  {
    what: 'a refund whose leaving is not in the ledger',
    plant: `with gone as (delete from journals where kind = 'refund_paid' returning id) delete from entries where journal_id in (select id from gone)`,
    red: {
      conservation: about(
        'in minor units of USD: at the bank 1500, in the ledger 2500, being refunded 0, in the ledger 1000$',
      ),
    },
  },
  {
    what: 'a refund that was never held in the ledger',
    plant: `with gone as (delete from journals where kind = 'refund_held' and refund_id = '${refund}' returning id)
      delete from entries where journal_id in (select id from gone)`,
    red: {
      conservation: about(
        'in minor units of USD: applied 1500, in the ledger 2500, being refunded 0, in the ledger -1000$',
      ),
    },
  },
  {
    what: 'a refund of another amount',
    plant: `update refunds set amount_minor = 999 where id = '${refund}'`,
    red: {
      conservation: about(
        'in minor units of USD: at the bank 1501, in the ledger 1500, applied 1501, in the ledger 1500$',
      ),
      credited_once:
        /^The credit note of refund rfd_\w+ is noted and of 1000 USD of payment \d+, the refund is succeeded and of 999 USD of payment \d+$/,
    },
  },
  {
    what: 'a refund that is said to have failed',
    plant: `update refunds set status = 'failed' where id = '${refund}'`,
    red: {
      conservation: about(
        'in minor units of USD: at the bank 2500, in the ledger 1500, applied 2500, in the ledger 1500$',
      ),
      credited_once: /^The credit note of refund rfd_\w+ is noted and of 1000 USD of payment \d+, the refund is failed/,
      monotone: /^Refund rfd_\w+ is failed, its history ends at succeeded$/,
    },
  },
  {
    what: 'a refund whose history skips a status',
    plant: `delete from refund_history where refund_id = '${refund}' and to_status = 'pending'`,
    red: { monotone: /^Refund rfd_\w+ went from pending to processing, after requested$/ },
  },
  {
    what: 'a refund that moved as refunds do not move',
    plant: `update refund_history set to_status = 'failed' where refund_id = '${refund}' and to_status = 'pending'`,
    red: {
      monotone:
        /^Refund rfd_\w+ went from (requested to failed, which is no move of a refund|pending to processing, after failed)$/,
    },
  },
  {
    what: 'a way back for refunds, opened in the database',
    plant: `insert into refund_transitions values ('succeeded', 'pending')`,
    red: { monotone: /^The database lets a refund go from succeeded to pending, which is no move of a refund$/ },
  },
  {
    what: 'a refund that nobody was told of',
    plant: `update events set body = jsonb_set(body, '{refund,id}', '"rfd_other"') where body->'refund'->>'id' = '${refund}'`,
    red: {
      outbox_complete: new RegExp(
        `^Refund ${refund} of payment ${refunded.id} succeeded without an event gateway.payment.refunded$`,
      ),
    },
  },
  {
    what: 'a credit note of another amount',
    plant: 'update credit_notes set amount_minor = 1',
    red: {
      credited_once:
        /^The credit note of refund rfd_\w+ is noted and of 1 USD of payment \d+, the refund is succeeded and of 1000/,
    },
  },
  {
    what: 'a credit note of no refund',
    plant: `update credit_notes set refund_id = 'rfd_other'`,
    red: {
      credited_once:
        /^The credit note of refund rfd_other is noted and of 1000 USD of payment \d+, the refund is missing$/,
    },
  },
  {
    what: 'a credit note that was called done and was never told',
    plant: `update event_deliveries set state = 'due', delivered_at = null
      where event_position = (select position from events where body->'refund'->>'id' = '${refund}')`,
    red: { credited_once: /^The credit note of refund rfd_\w+ is noted, and its event is due$/ },
  },
  {
    what: 'a write-off that nobody decided',
    plant: `delete from acts where kind = 'write_off'`,
    red: {
      conservation: about('is of 2000 minor units of USD: applied 0, in suspense 1600, refunded 0, written off 0'),
    },
  },
  {
    what: 'a write-off that is not in the ledger',
    plant: `with gone as (delete from journals where id in (select journal_id from entries where account = 'writeoff') returning id)
      delete from entries where journal_id in (select id from gone)`,
    red: {
      conservation: about(
        'in minor units of USD: in suspense 1600, in the ledger 2000, written off 400, in the ledger 0$',
      ),
    },
  },
  {
    what: 'held money that was put back into the list',
    plant: `update suspense set remaining_minor = amount_minor where receipt_id = ${receipt(writtenOff)}`,
    red: {
      conservation: about('is of 2000 minor units of USD: applied 0, in suspense 2000, refunded 0, written off 400'),
    },
  },
  {
    what: 'money being refunded that is in suspense all the same',
    plant: `update suspense set remaining_minor = amount_minor, state = 'open' where receipt_id = ${receipt(refunding)}`,
    red: { conservation: about('is of 2000 minor units of USD: applied 0, in suspense 2000, refunded 2000,') },
  },
  {
    what: 'an application by an operator that is not in the list',
    plant: `delete from applications where receipt_id = ${receipt(given)}`,
    red: {
      conservation: about('is of 2000 minor units of USD: applied 0, in suspense 0,'),
      credited_once: new RegExp(`^Payment ${appliedTo.id} is completed with 0 of 2000 minor units applied$`),
    },
  },
  {
    what: 'a reversal that is not in the ledger',
    plant: `with gone as (delete from journals where kind = 'reversal' and receipt_id = ${receipt(takenBack)} returning id)
      delete from entries where journal_id in (select id from gone)`,
    red: {
      conservation: new RegExp(
        `^Payment ${takenBack.id} was told to be taken back 1 times, and the ledger knows of 0$`,
      ),
    },
  },
  {
    what: 'a reversal of more than there was',
    plant: `update entries set amount_minor = amount_minor * 2 where journal_id = (select id from journals where kind = 'reversal'
      and receipt_id = ${receipt(takenBack)})`,
    red: { conservation: about('is of 2500 minor units of USD: applied -2500, .*, reversed 5000$') },
  },
  {
    what: 'a reversal that nobody was told of',
    plant: `update events set type = 'gateway.payment.verified' where type = 'gateway.payment.reversed' and payment_number = ${takenBack.id}`,
    red: {
      outbox_complete:
        /^Receipt \d+ of payment \d+ was taken back 1 times, with fewer events gateway.payment.reversed$/,
    },
  },
  {
    what: 'more money back than was taken',
    plant: `update entries set amount_minor = amount_minor * 2 where journal_id = (select id from journals where kind = 'adjustment')`,
    red: { conservation: about('is of 2500 minor units of USD: applied 5000, .*, reversed -2500$') },
  },
])

/** A bill of 25.00 that was paid by KHQR. */
async function settled(hub: TestHub): Promise<Code> {
  const code = await makeCode(hub, 'BANK01', { amount: '25.00', currency: 'USD' })
  await pay(hub, code)
  await becomes(hub, code.id, {})
  return code
}

/** 20.00 in suspense. */
async function underpaid(hub: TestHub, bank = 'BANK01'): Promise<Code> {
  const code = await makeCode(hub, bank, { amount: '25.00', currency: 'USD' })
  await pay(hub, code, { amount: '20.00' })
  await becomes(hub, code.id, { status: 'processing', applied: 0, held: ['underpaid'] })
  return code
}

/** The bank sends 10.00 of it back. */
async function refundPart(hub: TestHub, code: Code): Promise<string> {
  const asked = await refundPayment(hub, code.id, { amount: '10.00' })
  assert.equal(asked.status, 201, asked.text)
  const id = String(asked.json['id'])
  await patiently('the refund', async () => {
    const { rows } = await hub.pool.query('select from refunds where id = $1 and status = $2', [id, 'succeeded'])
    return rows.length > 0
  })
  return id
}

/** 4.00 written off, 20.00 waiting to be sent back by a person, 20.00 applied to another bill of just that. */
async function resolve(hub: TestHub): Promise<Code> {
  const off = await writeOff(hub, await heldFor(hub, writtenOff.id), { amount: '4.00' })
  assert.equal(off.status, 200, off.text)
  const asked = await refundHeld(hub, await heldFor(hub, refunding.id))
  assert.equal(asked.status, 201, asked.text)
  const other = await makeCode(hub, 'BANK01', { amount: '20.00', currency: 'USD' })
  const applied = await applyTo(hub, await heldFor(hub, given.id), other.id)
  assert.equal(applied.status, 202, applied.text)
  const approved = await approve(hub, applied)
  assert.equal(approved.status, 200, approved.text)
  return other
}

async function receiptOf(hub: TestHub, code: Code): Promise<number> {
  const { rows } = await hub.pool.query('select id::int from receipts where payment_number = $1', [code.id])
  return rows[0].id
}

async function reverse(hub: TestHub, code: Code): Promise<void> {
  const at = hub.running.hub.banks.get('BANK01')
  assert.ok(at)
  assert.ok(await reverseReceipt(hub.running.hub, asker, at, await receiptOf(hub, code)))
}

async function giveBack(hub: TestHub, code: Code): Promise<void> {
  const at = hub.running.hub.banks.get('BANK01')
  assert.ok(at)
  assert.ok(await returnReceipt(hub.running.hub, asker, at, await receiptOf(hub, code)))
}

/** Everything that must be told was told, and every audit row is sealed. */
async function rest(hub: TestHub): Promise<void> {
  await patiently('the hub to rest', async () => {
    const { rows } = await hub.pool.query(
      `select from event_deliveries where state = 'due' union all select from audit_unsealed`,
    )
    return rows.length === 0
  })
}
