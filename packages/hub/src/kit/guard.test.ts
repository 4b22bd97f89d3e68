import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { after, test } from 'node:test'
import { Writable } from 'node:stream'
import type { CallContext } from './call.ts'
import { systemClock } from './clock.ts'
import { createGuard } from './guard.ts'
import type { GuardedCall } from './guard.ts'
import { createHttpClient } from './http-client.ts'
import { startLocalServer } from './test-local-server.ts'
import { createLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import { Trouble } from './trouble.ts'

const http = createHttpClient(systemClock)
after(() => http.close())

/** A server that gives the listed answers one after the other, then the last one for ever, and a guard around calling it. */
async function guarded(...answers: ((response: ServerResponse) => void)[]) {
  const server = await startLocalServer((_request, response) => {
    const answer = answers[Math.min(server.requests.length, answers.length) - 1]
    answer?.(response)
  })
  after(() => server.close())
  const time = { shiftMs: 0 }
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + time.shiftMs }
  const lines: string[] = []
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })
  const log = createLog({ level: 'info', pretty: false, destination })
  const metrics = createMetrics()
  const guard = createGuard('AMK', { http, clock, metrics, log, sandbox: true })
  const call = (more: Partial<GuardedCall & CallContext> = {}) => {
    const context = { correlationId: 'c-1', notified: more.notified, deadlineMs: more.deadlineMs }
    const request = { operation: 'verify', method: 'POST' as const, url: server.url, repeatable: false, ...more }
    return guard.call(request, context, guard.startDeadline(context))
  }
  return { server, guard, call, metrics, lines, time }
}

const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(code, headers).end(`{"code":${code}}`)
  }
const cut = (response: ServerResponse): void => void response.destroy()
const silent = (): void => undefined

const isTrouble = (wanted: Partial<Trouble>) => (error: unknown) => {
  assert.ok(error instanceof Trouble, String(error))
  for (const [name, value] of Object.entries(wanted)) assert.equal(error[name as keyof Trouble], value, error.message)
  return true
}

test('a repeatable call is tried three times and its third answer counts', async () => {
  const { call, server, metrics } = await guarded(status(503), cut, status(200))
  assert.equal((await call({ repeatable: true })).status, 200)
  assert.equal(server.requests.length, 3)
  assert.match(await metrics.registry.metrics(), /hub_outgoing_call_retries_total\{target="AMK",operation="verify"\} 2/)
})

test('a call that is not repeatable is sent once, and its outcome is unknown', async () => {
  const { call, server } = await guarded(status(500), status(200))
  await assert.rejects(call(), isTrouble({ kind: 'error_answer', outcome: 'unknown', httpStatus: 500 }))
  assert.equal(server.requests.length, 1)
})

test('after three failures the trouble of the last one is thrown with its exchange', async () => {
  const { call, server } = await guarded(status(502))
  await assert.rejects(call({ repeatable: true }), (error: Trouble) => {
    assert.equal(error.exchange?.answerBody, '{"code":502}')
    return true
  })
  assert.equal(server.requests.length, 3)
})

test('a refusal (4xx) is an answer: neither tried again nor thrown', async () => {
  for (const code of [400, 401, 403, 404, 409]) {
    const { call, server } = await guarded(status(code))
    assert.equal((await call({ repeatable: true })).status, code)
    assert.equal(server.requests.length, 1)
  }
})

test('429 is trouble that says when to come back, and is not tried again', async () => {
  const { call, server } = await guarded(status(429, { 'retry-after': '17' }))
  await assert.rejects(
    call({ repeatable: true }),
    isTrouble({ kind: 'error_answer', outcome: 'not_done', retryAfterS: 17 }),
  )
  assert.equal(server.requests.length, 1)
})

test('a redirect is refused and not followed', async () => {
  const { call, server } = await guarded(status(307, { location: 'http://127.0.0.1:1/' }))
  await assert.rejects(call({ repeatable: true }), isTrouble({ kind: 'error_answer', httpStatus: 307 }))
  assert.equal(server.requests.length, 1)
})

test('retries end with the deadline', async () => {
  const { call, server } = await guarded(silent)
  await assert.rejects(call({ repeatable: true, deadlineMs: 60 }), isTrouble({ kind: 'timeout' }))
  assert.equal(server.requests.length, 1)
})

test('ten failures open the breaker, which then calls nobody and says when to come back', async () => {
  const { call, server, metrics, guard } = await guarded(status(500))
  for (let i = 0; i < 10; i += 1) await assert.rejects(call())
  await assert.rejects(call(), isTrouble({ kind: 'circuit_open', outcome: 'not_done', retryAfterS: 30 }))
  assert.equal(server.requests.length, 10)
  assert.deepEqual(guard.breakerStates(), { verify: 'open' })
  assert.match(await metrics.registry.metrics(), /hub_breaker_state\{target="AMK",operation="verify"\} 2/)
})

test('the breaker is per operation', async () => {
  const { call } = await guarded(...Array.from({ length: 10 }, () => status(500)), status(200))
  for (let i = 0; i < 10; i += 1) await assert.rejects(call())
  assert.equal((await call({ operation: 'create-qr' })).status, 200)
})

test('verification of notified money goes through an open breaker', async () => {
  const { call, server } = await guarded(...Array.from({ length: 10 }, () => status(500)), status(200))
  for (let i = 0; i < 10; i += 1) await assert.rejects(call())
  assert.equal((await call({ notified: true })).status, 200)
  assert.equal(server.requests.length, 11)
})

test('after 30 seconds one good call closes the breaker', async () => {
  const { call, time, guard } = await guarded(...Array.from({ length: 10 }, () => status(500)), status(200))
  for (let i = 0; i < 10; i += 1) await assert.rejects(call())
  time.shiftMs = 30_001
  assert.equal((await call()).status, 200)
  assert.deepEqual(guard.breakerStates(), { verify: 'closed' })
})

test('an open breaker refuses before a call is counted, except for notified money and for its trial after 30 seconds', async () => {
  const { guard, call, time } = await guarded(status(500))
  const context = { correlationId: 'c-1' }
  guard.refuseOpen('verify', context)
  for (let calls = 0; calls < 10; calls += 1) await call().catch(() => undefined)
  assert.throws(() => guard.refuseOpen('verify', context), isTrouble({ kind: 'circuit_open', outcome: 'not_done' }))
  guard.refuseOpen('verify', { ...context, notified: true })
  guard.refuseOpen('login', context)
  time.shiftMs = 30_000
  guard.refuseOpen('verify', context)
})

test('refusals and unreadable answers do not open the breaker', async () => {
  const { call, guard } = await guarded(status(404))
  for (let i = 0; i < 12; i += 1) await call()
  const huge = await guarded((response) => void response.end(Buffer.alloc(1_048_577)))
  for (let i = 0; i < 12; i += 1) await assert.rejects(huge.call(), isTrouble({ kind: 'unreadable' }))
  assert.deepEqual([guard.breakerStates(), huge.guard.breakerStates()], [{ verify: 'closed' }, { verify: 'closed' }])
})

test('each call is one log line and one measurement', async () => {
  const { call, lines, metrics } = await guarded(status(200))
  await call()
  const line = JSON.parse(lines.join('')) as Record<string, unknown>
  assert.equal(line['event'], 'bank.call')
  assert.equal(line['correlationId'], 'c-1')
  assert.equal(line['httpStatus'], 200)
  assert.match(
    await metrics.registry.metrics(),
    /hub_outgoing_call_seconds_count\{target="AMK",operation="verify",outcome="ok"\} 1/,
  )
})

test('any HTTP answer proves the path, and no connection disproves it', async () => {
  const { guard, server } = await guarded(status(404))
  const context = { correlationId: 'c-1' }
  assert.equal((await guard.probe(`${server.url}/health`, context)).reachable, true)
  await server.close()
  const away = await guard.probe(`${server.url}/health`, context)
  assert.equal(away.reachable, false)
  assert.match(away.sentence, /no connection/)
})
