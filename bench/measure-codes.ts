import { HttpConnection, jsonOf, requestBytes } from './http-connection.ts'
import { clientToken, codeRequest, makeBills } from './sandbox.ts'
import type { World } from './world.ts'

/** Milliseconds of each `GET /khqr` for a fresh bill, one after the other. */
export type CodeTimes = {
  /** From the first byte sent to the last byte of the answer. */
  readonly total: readonly number[]
  /** Of it, what the bank (QR) and the policy system (look-up) took, as the hub's own call metrics have it. */
  readonly others: readonly number[]
  /** The rest: the hub's own. */
  readonly hub: readonly number[]
}

const warmUp = 40

/** (c) What the hub adds to the bank's and the policy system's own time when it makes a code. */
export async function measureCodes(world: World, count: number, random: () => number): Promise<CodeTimes> {
  const bills = await makeBills(world, warmUp + count, random)
  const token = await clientToken(world)
  const khqr = await HttpConnection.open(world.hub.ports.khqr)
  const times: { total: number; others: number }[] = []
  let before = await readCalls(khqr)
  for (const bill of bills) {
    const request = codeRequest(token, bill)
    const startedMs = performance.now()
    const answer = await khqr.send(request)
    const total = performance.now() - startedMs
    jsonOf(answer, `a code for ${bill}`)
    const after = await readCalls(khqr)
    if (after.count !== before.count + 2) {
      throw new Error(`${after.count - before.count} calls went out for one code: a look-up and a QR were expected`)
    }
    times.push({ total, others: (after.seconds - before.seconds) * 1_000 })
    before = after
  }
  khqr.close()
  const counted = times.slice(warmUp)
  return {
    total: counted.map((one) => one.total),
    others: counted.map((one) => one.others),
    hub: counted.map((one) => one.total - one.others),
  }
}

/** All calls the hub has made to the bank for codes and to the policy system for look-ups, the log-in apart. */
async function readCalls(connection: HttpConnection): Promise<{ count: number; seconds: number }> {
  const answer = await connection.send(requestBytes({ method: 'GET', path: '/actuator/prometheus' }))
  const text = answer.body.toString('utf8')
  const sum = (what: 'count' | 'sum') =>
    [
      ...text.matchAll(
        new RegExp(`^hub_outgoing_call_seconds_${what}{.*operation="(?:create-qr|look-up)".*} (\\S+)$`, 'gm'),
      ),
    ]
      .map((line) => Number(line[1]))
      .reduce((total, one) => total + one, 0)
  return { count: sum('count'), seconds: sum('sum') }
}
