import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { bakongBehaviours, BakongSimulator } from '../../banks/bakong/simulator/bakong-simulator.ts'
import { callbackFields, callbackShapes, callbackSignatures } from '../../banks/payway/simulator/callbacks.ts'
import { payMethods } from '../../banks/payway/simulator/book-records.ts'
import { paywayBehaviours, PaywaySimulator } from '../../banks/payway/simulator/payway-simulator.ts'
import { verifyBehaviours } from '../../banks/bank-qr/simulator/bank-qr-simulator.ts'
import { bakongPayFields } from './pay-bakong.ts'
import { paywayPayFields } from './pay-payway.ts'
import { callbackModes } from './payway-callbacks.ts'
import { samplePayway } from './test-payway-requests.ts'
import { noticeFields, webhookModes } from './pay-notices.ts'
import {
  call,
  sampleBakong,
  sampleConfig,
  spawnSimulator,
  temporaryFolder,
  type TestSimulator,
} from './test-process.ts'

describe("the simulator's README", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  let simulator: TestSimulator
  let readme = ''
  before(async () => {
    folder = await temporaryFolder()
    simulator = await spawnSimulator(sampleConfig(folder.path, 'http://127.0.0.1:1'))
    readme = await readFile(new URL('README.md', import.meta.url), 'utf8')
  })
  after(async () => {
    await simulator.stop()
    await folder.remove()
  })

  it('has a row for every control call', async () => {
    const { control } = (await call('GET', `${simulator.url}/`)).json as { control: string[] }
    const rows = readme.split('\n').filter((line) => line.startsWith('| `'))
    const missing = control.filter((one) => !rows.some((row) => row.includes(one.split(' ')[1] ?? one)))
    assert.deepEqual(missing, [])
  })

  it('names every field of the control calls', async () => {
    const names = async (path: string) => {
      const { json } = await call('POST', `${simulator.url}/_simulator/${path}`, { nothing: 1 })
      const { message } = json['error'] as { message: string }
      return /use (.*)\.$/.exec(message)?.[1]?.split(', ') ?? []
    }
    for (const path of ['pay', 'bill-payment', 'reverse', 'restore', 'bills', 'verify']) {
      const row = readme.split('\n').find((line) => line.startsWith(`| \`POST /_simulator/${path}\``)) ?? ''
      const fields = await names(path)
      assert.ok(fields.length > 2)
      assert.deepEqual(
        fields.filter((field) => !new RegExp(`\\b${field}\\b`).test(row)),
        [],
        `fields of ${path} that its row does not name`,
      )
    }
  })

  it('names every way to tell of a payment and every behaviour of verify', () => {
    const rows = readme.split('\n').filter((line) => /^\| `(webhook|verify|notice)/.test(line))
    for (const name of [...webhookModes, ...verifyBehaviours, ...noticeFields]) {
      assert.ok(
        rows.some((row) => new RegExp(`[ :{]${name}\\b`).test(row)),
        `${name} is in no row`,
      )
    }
  })

  it('names every field, behaviour and operation of Bakong', () => {
    const chapter = readme.slice(readme.indexOf('## Bakong'), readme.indexOf('## PayWay'))
    const operations = new BakongSimulator('BAKONG', sampleBakong, { nowMs: Date.now, keep: () => {} }).ownFaults
    for (const name of [...bakongPayFields, ...bakongBehaviours, ...Object.keys(operations)]) {
      assert.match(chapter, new RegExp(`[^\\w-]${name}[^\\w-]`), `${name} is not explained`)
    }
  })

  it('names every field, behaviour, shape, operation and fault of PayWay', () => {
    const chapter = readme.slice(readme.indexOf('## PayWay'))
    const silent = { nowMs: Date.now, keep: () => {}, tell: () => {}, picture: () => Buffer.alloc(0) }
    const { ownFaults } = new PaywaySimulator('ABA', samplePayway, silent, () => false)
    for (const name of [
      ...paywayPayFields,
      ...paywayBehaviours,
      ...payMethods,
      ...callbackModes,
      ...callbackShapes,
      ...callbackSignatures,
      ...callbackFields,
      ...Object.keys(ownFaults),
      ...Object.values(ownFaults).flat(),
    ]) {
      assert.match(chapter, new RegExp(`[^\\w-]${name}[^\\w-]`), `${name} is not explained`)
    }
  })
})
