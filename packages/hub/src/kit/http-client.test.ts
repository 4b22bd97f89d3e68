import assert from 'node:assert/strict'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { after, test } from 'node:test'
import type { TestContext } from 'node:test'
import { type Clock, systemClock } from './clock.ts'
import { momentIn, startDeadline } from './deadline.ts'
import { createHttpClient, longestAnswerBytes } from './http-client.ts'
import type { HttpRequest } from './http-client.ts'
import { startLocalServer } from './test-local-server.ts'
import { insideTransaction } from './open-transaction.ts'
import { Trouble } from './trouble.ts'
import type { TroubleKind } from './trouble.ts'

const client = createHttpClient(systemClock)
after(() => client.close())

const server = await startLocalServer((request, response) => {
  const path = new URL(request.url, 'http://x').pathname
  if (path === '/silent') return
  if (path === '/redirect') response.writeHead(302, { location: '/elsewhere' }).end()
  else if (path === '/huge') response.end(Buffer.alloc(longestAnswerBytes + 1, 'a'))
  else if (path === '/full') response.end(Buffer.alloc(longestAnswerBytes, 'a'))
  else if (path === '/cut') {
    response.writeHead(200, { 'content-length': '100' })
    response.write('half')
    setImmediate(() => response.destroy())
  } else
    response.writeHead(201, { 'X-One': 'yes' }).end('{"access_token":"t0ps3cret","payer":"Sok Dara","amount":150.00}')
})
after(() => server.close())

function ask(path: string, more: Partial<HttpRequest> & { deadlineMs?: number } = {}) {
  const request: HttpRequest = { target: 'AMK', operation: 'test', method: 'GET', url: server.url + path, ...more }
  return client.send(
    request,
    { correlationId: 'c-1', traceparent: 'tp-1' },
    startDeadline(systemClock, more.deadlineMs),
  )
}

function troubleOf(kind: TroubleKind, outcome: 'not_done' | 'unknown') {
  return (error: unknown): true => {
    assert.ok(error instanceof Trouble, String(error))
    assert.deepEqual({ kind: error.kind, outcome: error.outcome }, { kind, outcome }, error.message)
    assert.ok(error.exchange?.error)
    return true
  }
}

test('every call carries correlation id, time and trace, and the answer comes back with its headers', async () => {
  const answer = await ask('/x?a=1', {
    method: 'POST',
    body: '{"n":1}',
    headers: { 'content-type': 'application/json' },
  })
  assert.equal(answer.status, 201)
  assert.equal(answer.headers['x-one'], 'yes')
  const received = server.requests.at(-1)
  assert.equal(received?.url, '/x?a=1')
  assert.equal(received?.body, '{"n":1}')
  assert.equal(received?.headers['x-request-id'], 'c-1')
  assert.equal(received?.headers['traceparent'], 'tp-1')
  assert.match(String(received?.headers['x-timestamp']), /^\d{10}$/)
})

test('the kept exchange is redacted: request, address and answer', async () => {
  const { exchange } = await ask('/x?api_key=abc123&number=7', {
    method: 'POST',
    body: 'merchantId=9&hash=Zm9vYmFy%2B&txId=150001',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  assert.equal(exchange.url, `${server.url}/x?api_key=%5Bremoved%5D&number=7`)
  assert.equal(exchange.requestBody, 'merchantId=9&hash=[removed]&txId=150001')
  assert.equal(exchange.answerBody, '{"access_token":"[removed]","payer":"S*** D***","amount":150.00}')
  assert.equal(exchange.httpStatus, 201)
})

test('a redirect is the answer, and nobody follows it', async () => {
  const before = server.requests.length
  assert.equal((await ask('/redirect')).status, 302)
  assert.equal(server.requests.length, before + 1)
})

test('an answer of exactly 1 MiB is read and one byte more is refused', async () => {
  const full = await ask('/full')
  assert.equal(full.body.byteLength, longestAnswerBytes)
  assert.ok(full.exchange.answerBody.length <= 16_384)
  await assert.rejects(ask('/huge'), troubleOf('unreadable', 'unknown'))
})

test('no answer within the deadline is a timeout with unknown outcome', async () => {
  await assert.rejects(ask('/silent', { deadlineMs: 50 }), troubleOf('timeout', 'unknown'))
})

for (const clock of ['monotonic', 'wall'] as const) {
  for (const [what, deadlineMs, sendBeforeMs] of [
    ['its deadline', 5_000, undefined],
    ['the moment it had to be sent before', 5_000, 1_000],
  ] as const) {
    test(`a request that finds its connection after ${what}, by the ${clock} clock, is not written`, async () => {
      const time = { monotonic: 0, wall: 0 }
      const shifting: Clock = {
        ...systemClock,
        monotonicMs: () => systemClock.monotonicMs() + time.monotonic,
        now: () => new Date(Date.now() + time.wall),
      }
      // A client of its own has no connection yet: it opens one while the clock jumps, as in a process that was stopped.
      const own = createHttpClient(shifting)
      after(() => own.close())
      const before = server.requests.length
      const sendBefore = sendBeforeMs === undefined ? undefined : momentIn(shifting, sendBeforeMs)
      const deadline = startDeadline(shifting, deadlineMs, sendBefore)
      const request: HttpRequest = {
        target: 'AMK',
        operation: 'test',
        method: 'POST',
        url: `${server.url}/x`,
        body: '1',
      }
      const sending = own.send(request, { correlationId: 'c-1' }, deadline)
      time[clock] = sendBeforeMs === undefined ? 90_000 : 2_000
      await assert.rejects(sending, troubleOf('timeout', 'not_done'))
      time[clock] = 0
      await own.send(request, { correlationId: 'c-1' }, startDeadline(shifting))
      assert.equal(server.requests.length, before + 1)
    })
  }
}

test('an answer cut off half-way is unreachable with unknown outcome', async () => {
  await assert.rejects(ask('/cut'), troubleOf('unreachable', 'unknown'))
})

test('a refused connection is unreachable, and nothing was done', async () => {
  const closed = await startLocalServer(() => undefined)
  await closed.close()
  await assert.rejects(ask('/', { url: closed.url }), troubleOf('unreachable', 'not_done'))
})

test('a name that is nowhere is unreachable, and nothing was done', async () => {
  await assert.rejects(ask('/', { url: 'https://bank.invalid/' }), troubleOf('unreachable', 'not_done'))
})

test('an answer that is not HTTP is unreadable', async () => {
  const raw = createServer((socket) => socket.end('SSH-2.0-example\r\n\r\n'))
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve))
  after(() => raw.close())
  const { port } = raw.address() as AddressInfo
  await assert.rejects(ask('/', { url: `http://127.0.0.1:${port}` }), troubleOf('unreadable', 'unknown'))
})

test('a call while a transaction of ours is open is our mistake and is refused', async () => {
  const before = server.requests.length
  await assert.rejects(
    insideTransaction(() => ask('/x')),
    /called while a database transaction is open/,
  )
  assert.equal(server.requests.length, before)
})

test('a request with a proxy goes through its tunnel, with its credentials, and only that one', async (t) => {
  const proxy = await startProxy(t, 200)
  const answer = await ask('/through', { proxy: proxy.url })
  assert.equal(answer.status, 201)
  await ask('/direct')
  assert.deepEqual(proxy.asked, [
    { to: new URL(server.url).host, by: `Basic ${Buffer.from('hub:pass').toString('base64')}` },
  ])
  assert.doesNotMatch(JSON.stringify(answer.exchange), /pass/)
})

test('a proxy that refuses, or is not there, is a call that was not made, and its password is not told', async (t) => {
  const proxy = await startProxy(t, 407)
  const gone = await startProxy(t, 200)
  await gone.close()
  const before = server.requests.length
  for (const { url } of [proxy, gone]) {
    await assert.rejects(ask('/x', { proxy: url }), (error) => {
      troubleOf('unreachable', 'not_done')(error)
      assert.doesNotMatch(String(error), /pass/)
      return true
    })
  }
  assert.equal(server.requests.length, before)
})

/** A proxy that tunnels, or answers every CONNECT with `status`. */
async function startProxy(t: TestContext, status: number) {
  const asked: { to: string | undefined; by: string | undefined }[] = []
  const open = new Set<Duplex>()
  const proxyServer = createHttpServer()
  proxyServer.on('connect', (request, socket) => {
    asked.push({ to: request.url, by: request.headers['proxy-authorization'] })
    open.add(socket)
    if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)
    const { hostname, port } = new URL(server.url)
    const target = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n')
      target.pipe(socket)
      socket.pipe(target)
    })
    open.add(target)
    for (const end of [socket, target]) end.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => proxyServer.listen(0, '127.0.0.1', resolve))
  const close = async () => {
    for (const socket of open) socket.destroy()
    await new Promise((resolve) => proxyServer.close(resolve))
  }
  t.after(close)
  const { port } = proxyServer.address() as AddressInfo
  return { url: `http://hub:pass@127.0.0.1:${port}`, asked, close }
}
