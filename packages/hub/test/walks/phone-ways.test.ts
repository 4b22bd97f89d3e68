import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, eventually, startTestHub, type TestHub } from '../support/running-hub.ts'

// What the phone plays, and what the customer's page says of it, at every kind of bank.

/** What the page tells when all is known. Each way is a button of the phone. */
type Told = Readonly<Record<string, string>>

const samples: readonly { readonly what: string; readonly which: string; readonly told: Told }[] = [
  {
    what: 'new-bill',
    which: '',
    told: {
      normal: 'paid',
      twice: 'paid_twice',
      short: 'held',
      over: 'held',
      'other-currency': 'held',
      late: 'late',
      'webhook-lost': 'paid',
    },
  },
  {
    what: 'topup',
    which: 'dara',
    told: {
      normal: 'paid',
      // Bakong says of a code that it was paid, not how often: the second money is not seen.
      twice: 'paid',
      short: 'held',
      over: 'held',
      'other-currency': 'held',
      late: 'late',
    },
  },
  {
    what: 'order',
    which: 'bakong',
    told: { normal: 'paid', short: 'held', late: 'late' },
  },
  {
    what: 'order',
    which: 'app',
    told: {
      normal: 'paid',
      twice: 'paid_twice',
      short: 'held',
      over: 'held',
      'other-currency': 'held',
      'webhook-lost': 'paid',
    },
  },
]

test('whatever the phone plays, at any kind of bank, the customer’s page tells what became of the money', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '10000' })
  const cases = samples.flatMap(({ told, ...sample }) =>
    Object.entries(told).map(([way, state]) => ({ ...sample, way, state })),
  )
  const untrue = await Promise.all(
    cases.map(async ({ way, state, ...sample }) => {
      const page = await opened(hub, sample)
      await pressed(hub, await codeOn(hub, page), way)
      // A bank that tells nobody, or did not this time, is asked because the customer says so.
      const isTold = sample.which !== 'dara' && sample.which !== 'bakong' && way !== 'webhook-lost'
      if (!isTold) await hub.gateway('POST', page, { body: 'act=paid', headers: formHeaders })
      let seen = ''
      const isSo = async () => (seen = await stateOf(hub, page)) === state
      const name = `${sample.what} ${sample.which} paid ${way}`
      return eventually(name, isSo, 30_000).then(
        () => [],
        () => [`${name}: ${seen}, not ${state}`],
      )
    }),
  )
  assert.deepEqual(untrue.flat(), [])
})

const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' }

async function opened(hub: TestHub, sample: { readonly what: string; readonly which: string }): Promise<string> {
  const body = new URLSearchParams(sample).toString()
  const answer = await hub.gateway('POST', '/sandbox/pay', { body, headers: formHeaders })
  assert.equal(answer.status, 303, answer.text)
  return answer.headers.get('location') ?? ''
}

async function codeOn(hub: TestHub, page: string): Promise<string> {
  const { text } = await hub.gateway('GET', page)
  return decodeURIComponent(/\/phone\?qr=([^"&]+)/.exec(text)?.[1] ?? assert.fail('no code on the page'))
}

async function pressed(hub: TestHub, qr: string, way: string): Promise<void> {
  const body = new URLSearchParams({ qr, way }).toString()
  const phone = `http://127.0.0.1:${hub.running.ports.simulator}/phone`
  const answer = await call(`${phone}/pay`, 'POST', { body, headers: formHeaders })
  assert.equal(answer.status, 303, answer.text)
}

async function stateOf(hub: TestHub, page: string): Promise<string> {
  return String((await hub.gateway('GET', `${page}/state`)).json['state'])
}
