import { type ControlBody, readControlBody } from './control-body.ts'
import type { FaultRule } from './faults.ts'
import type { World } from './world.ts'

/** `POST /_simulator/faults`: sets one fault on one operation of one target, `*` for all that can have it. */
export async function setFault(world: World, raw: unknown): Promise<{ faults: FaultRule[] }> {
  const body = readControlBody(raw, ['target', 'operation', 'fault', 'value'])
  const { faults } = world
  const target = readTarget(world, body)
  const targets = target === '*' ? faults.targetNames : [target]
  const operations = [...new Set(targets.flatMap((name) => faults.operationsOf(name)))]
  const operation = body.oneOf('operation', ['*', ...operations], '*')
  const possible = new Set(
    targets.flatMap((name) =>
      (operation === '*' ? faults.operationsOf(name) : [operation]).flatMap((one) => faults.possible(name, one)),
    ),
  )
  const fault = body.oneOf('fault', ['none', ...possible])
  const value = body.value('value')
  if (value !== undefined && typeof value !== 'number' && typeof value !== 'string')
    body.refuse('value', 'use a number.')
  const number = readNumber(world, body, fault)
  const setAtMs = world.nowMs()
  for (const name of targets) {
    const here = operation === '*' ? faults.operationsOf(name) : [operation]
    if (fault === 'none' || here.some((one) => faults.possible(name, one).includes(fault))) {
      faults.set({ target: name, operation, fault, value: number, setAtMs })
    }
  }
  await world.durable()
  return { faults: faults.list() }
}

/** `DELETE /_simulator/faults`: clears all, or those of the target and operation named in the body or the query. */
export async function clearFaults(world: World, raw: unknown, query: unknown): Promise<{ faults: FaultRule[] }> {
  const asked = raw instanceof Buffer && raw.length > 0 ? raw : Buffer.from(JSON.stringify(query))
  const body = readControlBody(asked, ['target', 'operation'])
  const target = body.has('target') ? readTarget(world, body) : '*'
  const operation = body.has('operation') ? body.text('operation', 'name an operation, or *.') : '*'
  world.faults.set({ target, operation, fault: 'none', value: undefined, setAtMs: world.nowMs() })
  await world.durable()
  return { faults: world.faults.list() }
}

function readTarget(world: World, body: ControlBody): string {
  return body.oneOf('target', ['*', ...world.faults.targetNames])
}

const longestWaitMs = 600_000
const mostFirstCalls = 1_000_000
const longestPendingS = 604_800
const highestCode = 99
const disagreements = ['amount', 'currency', 'status'] as const

function readPaywayCode(body: ControlBody): string {
  const wanted = 'use a code of PayWay, such as 72 or PTL181.'
  const code = body.text('value', wanted)
  return /^(PTL)?\d{1,3}$/.test(code) ? code : body.refuse('value', wanted)
}

function readNumber(world: World, body: ControlBody, fault: string): number | string | undefined {
  if (!body.has('value')) return undefined
  if (fault === 'slow' || fault === 'slow-answer') return body.whole('value', { least: 0, most: longestWaitMs })
  if (fault === 'unpaid-first') return body.whole('value', { least: 0, most: mostFirstCalls })
  if (fault.endsWith('-disagrees')) return body.oneOf('value', disagreements)
  if (fault === 'code' && world.payway.has(readTarget(world, body))) return readPaywayCode(body)
  if (fault === 'code') return body.whole('value', { least: 1, most: highestCode })
  if (fault.startsWith('pending')) return body.whole('value', { least: 0, most: longestPendingS })
  if (fault !== 'wrong-qr') return undefined
  const amount = body.text('value', 'use the amount the code shall say.')
  return /^\d+(\.\d+)?$/.test(amount) ? amount : body.refuse('value', 'use the amount the code shall say.')
}
