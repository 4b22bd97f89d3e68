import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, describe, test, type TestContext } from 'node:test'
import { freePort } from '../src/kit/free-port.ts'
import { decode } from '@khqr-hub/khqr'
import { conformance } from '../src/banks/conformance.ts'
import { playBanks } from '../src/banks/bank-qr/test-played-banks.ts'
import { readConfig } from '../src/config.ts'
import { readHubSide } from '../src/config/bank-settings.ts'
import { playedBank } from '../src/sandbox/played-bank.ts'
import { readSandboxSecrets } from '../src/sandbox/secrets.ts'
import { askKhqr, becomes, counter, creditedInTheEnd, inquire, pay } from './support/bad-day.ts'
import { booksAgree } from './support/books.ts'
import { commandLine } from './support/command-line.ts'
import { type Json, startTestHub, type TestHub } from './support/running-hub.ts'

const page = readFileSync(new URL('../../../docs/add-a-bank.md', import.meta.url), 'utf8')
const block = /```yaml\n([\s\S]+?)```/.exec(page)?.[1] ?? ''
const simulatorOfPage = 'http://127.0.0.1:8687'
const folder = mkdtempSync(join(tmpdir(), 'khqr-add-a-bank-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** The page's file to the letter, but for the port of the simulator. The `banks` in it. */
function readPage(simulatorUrl: string): { readonly file: string; readonly banks: Readonly<Record<string, unknown>> } {
  assert.ok(block.includes(simulatorOfPage), 'the page shows a file with the addresses of the simulator')
  const file = join(folder, `mango-${new URL(simulatorUrl).port}.yaml`)
  writeFileSync(file, block.replaceAll(simulatorOfPage, simulatorUrl))
  return { file, banks: readConfig({ file }, {}).banks }
}

const codes = Object.keys(readPage(simulatorOfPage).banks)
assert.deepEqual(codes, ['MANGO'])
const [code = ''] = codes
const played = await playBanks({ [code]: playedBank(code, readPage(simulatorOfPage).banks[code], 'a-bearer') })
after(() => played.close())

describe('the bank made up in docs/add-a-bank.md, added by its configuration file alone,', () => {
  const { connector } = readHubSide(code, readPage(played.url).banks[code], { live: false })
  const world = played.underTest(code, connector)
  afterEach(() => world.control.clearFaults())
  for (const claim of conformance) {
    if (claim.holdsFor && !claim.holdsFor(world.makeBank(), world)) continue
    test(claim.says, () => claim.check(world.makeBank(), world))
  }
})

test('a hub started with that file serves the bank on all of its paths', async (t) => {
  const { hub, file } = await startWithPage(t)
  await t.test('a code is made, paid, told of, proved and credited once', () => byCode(hub))
  await t.test('a bill is inquired about and paid at its counter', () => byCounter(hub))
  await t.test('it is in health, in /v1/banks and on the command line', () => isListed(hub, file))
})

async function startWithPage(t: TestContext): Promise<{ hub: TestHub; file: string }> {
  const simulator = await freePort('127.0.0.1')
  const { file, banks } = readPage(`http://127.0.0.1:${simulator}`)
  const settings = { HUB_SIMULATOR_PORT: String(simulator), HUB_REQUESTS_PER_MINUTE: '10000' }
  return { hub: await startTestHub(t, settings, (config) => ({ ...config, banks })), file }
}

async function byCode(hub: TestHub): Promise<void> {
  for (const [currency, amount] of [
    ['USD', '40.00'],
    ['KHR', '160000'],
  ] as const) {
    const bill = await hub.bill({ currency, amount })
    const asked = await askKhqr(hub, code, bill)
    assert.equal(asked.status, 200, asked.text)
    const data = asked.json['data'] as Json
    const shown = decode(String(data['qrString']))
    assert.deepEqual([shown.payeeAccount, shown.billNumber], ['sample_insurer@mango', String(data['paymentId'])])
    assert.equal((await askKhqr(hub, '71', bill)).json['data']?.['qrString'], data['qrString'])
    const id = Number(data['paymentId'])
    await pay(hub, { bank: code, id })
    await becomes(hub, id, {})
    await creditedInTheEnd(hub, id)
    assert.equal((await hub.credits(id)).length, 1)
  }
  await booksAgree(hub)
}

async function byCounter(hub: TestHub): Promise<void> {
  const bill = await hub.bill()
  const found = await inquire(hub, code, bill)
  const paid = await counter(hub, code, { number: bill })
  assert.deepEqual([found.status, paid.statuses], [200, [200]], paid.text)
  assert.equal(paid.id, Number(found.json['data']?.['id']))
  await becomes(hub, paid.id, {})
}

async function isListed(hub: TestHub, file: string): Promise<void> {
  const health = await hub.gateway('GET', '/actuator/health')
  assert.equal(health.json['components']?.['bankApi']?.['details']?.[code]?.['status'], 'UP')
  const shown = await hub.gateway('GET', `/v1/banks/${code}`, { token: hub.token('payments:read') })
  assert.equal(shown.json['numeric_id'], 71)
  const probed = await commandLine(hub, '--config', file, 'bank', 'probe', code)
  assert.match(probed.out, /\nMANGO +yes +yes +answers in /, probed.err)
  // A command that was not told of the file knows no such bank, and leaves its bearer as it is.
  const without = await commandLine(hub, 'bank', 'probe', code)
  assert.match(without.err, /There is no bank MANGO in the configuration/)
  assert.deepEqual(readSandboxSecrets(hub.dataDir)?.banks[code], hub.secrets.banks[code])
}
