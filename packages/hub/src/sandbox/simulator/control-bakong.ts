import type { BakongSimulator } from '../../banks/bakong/simulator/bakong-simulator.ts'
import type { QuotaReading } from '../../banks/bakong/simulator/quota.ts'
import { ControlRefusal, readControlBody } from './control-body.ts'
import type { World } from './world.ts'

const mostCalls = 1_000_000

/** The bank that a control call names, where it is played as Bakong. A body that cannot be read names none. */
export function bakongNamed(world: World, raw: unknown): BakongSimulator | undefined {
  const bank = /"bank"\s*:\s*"([^"\\]*)"/.exec(raw instanceof Buffer ? raw.toString('utf8') : '')?.[1]
  return bank === undefined ? undefined : world.bakong.get(bank.toUpperCase())
}

/** `GET /_simulator/bakong/quota`: the day, its allowance, and what each token has spent of it. */
export async function readQuota(world: World): Promise<QuotaReading> {
  const reading = onlyOne(world).quota.read()
  await world.durable()
  return reading
}

/** `POST /_simulator/bakong/quota`: sets what was spent today, by one token or by every one, and what a day allows. */
export async function setQuota(world: World, raw: unknown): Promise<QuotaReading> {
  const body = readControlBody(raw, ['token', 'spent', 'perDay', 'reset'])
  const range = { least: 0, most: mostCalls }
  if (!body.has('spent') && !body.has('perDay') && !body.flag('reset')) {
    body.refuse('spent', 'say spent, perDay, or reset: true for a new day.')
  }
  if (body.has('spent') && body.flag('reset')) body.refuse('reset', 'say either spent or reset.')
  const fingerprint = 'use the first 16 hex digits of the SHA-256 of a token.'
  const token = body.has('token') ? body.text('token', fingerprint) : undefined
  if (token !== undefined && !/^[0-9a-f]{16}$/.test(token)) body.refuse('token', fingerprint)
  onlyOne(world).quota.set({
    token,
    spent: body.flag('reset') ? 0 : body.has('spent') ? body.whole('spent', range) : undefined,
    perDay: body.has('perDay') ? body.whole('perDay', range) : undefined,
  })
  return readQuota(world)
}

function onlyOne(world: World): BakongSimulator {
  const [bank] = world.bakong.values()
  if (bank) return bank
  throw new ControlRefusal(
    404,
    'bakong',
    null,
    'No Bakong is played here; name one under `bakong` in the configuration.',
  )
}
