import assert from 'node:assert/strict'
import { reaskMessages } from '../../src/flows/reask-messages.ts'
import { patiently, standing } from './bad-day.ts'
import {
  callBack,
  fieldsOf,
  keptAbout,
  orderCode,
  payCode,
  type PaywayCode,
  type PaywayWorld,
  type Said,
} from './payway.ts'

/** With what is changed in the data of an answer. */
export function changed(said: Said, data: object): Said {
  return { ...said, data: { ...(said['data'] as object), ...data } }
}

export async function paidCode(world: PaywayWorld, more: Parameters<typeof orderCode>[1] = {}): Promise<PaywayCode> {
  const code = await orderCode(world, more)
  await payCode(world, code, { webhook: 'drop' })
  return code
}

export async function becomes({ hub }: PaywayWorld, { id }: PaywayCode, wanted: object): Promise<void> {
  const expected = { status: 'completed', applied: 1, held: [], cases: [], ...wanted }
  await patiently(`payment ${id} to be ${expected.status}`, async () => {
    const now = await standing(hub, id)
    return now.status === expected.status && now.applied + now.held.length >= expected.applied + expected.held.length
  })
  assert.deepEqual(await standing(hub, id), expected)
}

/**
 * The bank tells of a code, and says this instead of the truth when it is asked: twice, and nothing is applied meanwhile.
 * `asked`: as in `Between.answers`; what it says in the first second or two, when it does not see the code yet, is left
 * as it is.
 */
export async function toldAndContradicted(
  world: PaywayWorld,
  { id, tranId }: PaywayCode,
  asked: string,
  says: (said: Said) => Said | string,
): Promise<void> {
  const { answers } = world.between
  let times = 0
  answers.set(asked, (said) => {
    if (!isSeen(said)) return said
    times += 1
    return says(said)
  })
  try {
    assert.equal((await callBack(world, fieldsOf(tranId))).status, 200)
    await patiently(`${asked} to be asked twice`, async () => {
      await lookAgain(world, tranId)
      return times >= 2
    })
    const { status, applied, held } = await standing(world.hub, id)
    assert.deepEqual([status, applied, held], ['processing', 0, []])
    for (const { outcome } of await keptAbout(world, tranId)) assert.match(outcome, /^(waiting|received)$/)
  } finally {
    answers.delete(asked)
  }
}

export async function settlesInTheEnd(world: PaywayWorld, code: PaywayCode): Promise<void> {
  await patiently(`the callback of ${code.tranId} to settle`, async () => {
    await lookAgain(world, code.tranId)
    return (await keptAbout(world, code.tranId)).every((one) => one.outcome === 'applied')
  })
  await becomes(world, code, {})
}

/** Not in the first second or two. */
export function isSeen(said: Said): boolean {
  return said['data'] !== undefined
}

/** Nobody has asked for details in this minute, as far as we know. */
export function callsAreFree({ hub }: PaywayWorld): Promise<unknown> {
  return hub.pool.query('delete from call_minutes')
}

/** Detail answers ten times a minute, and sees a code some seconds after check: it must not be used up until then. */
const lookEveryMs = 400

/**
 * The callbacks about a code that still wait are asked about now. One that is being asked about is claimed for 30 s and left
 * alone: asked about twice at once it would use up what detail answers in a minute.
 */
async function lookAgain({ hub }: PaywayWorld, tranId: string): Promise<void> {
  await hub.running.hub.clock.wait(lookEveryMs)
  await hub.pool.query(
    `update inbox set next_try_at = now() where reference = $1 and decided_at is null
      and next_try_at < now() + interval '16 seconds'`,
    [tranId],
  )
  await reaskMessages(hub.running.hub)
}
