import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { Refusal } from '../../domain/errors.ts'
import { systemClock } from '../../kit/clock.ts'
import { createKeptPdfs } from './kept-pdfs.ts'
import { receiptPdf } from './pdf.ts'
import { createPdfQueue, mostWaiting } from './pdf-queue.ts'
import type { ShownReceipt } from './shown-receipt.ts'

const shown: ShownReceipt = {
  language: 'en',
  issuer: 'Sample Insurance Plc.',
  number: 'R-000001',
  issuedAt: new Date('2026-01-07T05:01:02Z'),
  amount: 'USD 150.00',
  rows: [['Policy number', 'P123456789']],
  notes: [],
  url: `https://pay.example/receipt/R-000001/${'A'.repeat(43)}`,
}

test('what the thread draws is what is drawn here, and a receipt of other facts is another', async (t) => {
  const pdfs = kept(t)
  const others: Partial<ShownReceipt>[] = [
    { language: 'km' },
    { issuer: undefined },
    { number: 'R-000002' },
    { issuedAt: new Date('2026-01-07T05:01:03Z') },
    { rows: [['Policy number', 'P123456780']] },
    { notes: ['x'] },
    { url: `${shown.url}B` },
  ]
  const drawn = await Promise.all([{}, ...others].map((other) => pdfs.draw({ ...shown, ...other })))
  assert.deepEqual(drawn[0], await receiptPdf(shown))
  assert.equal(new Set(drawn.map((bytes) => bytes.toString('latin1'))).size, 1 + others.length)
})

test('twenty at once of one receipt, and who comes later, share one drawing', async (t) => {
  const pdfs = kept(t)
  const drawn = await Promise.all(Array.from({ length: 20 }, () => pdfs.draw({ ...shown })))
  drawn.push(await pdfs.draw({ ...shown }))
  assert.equal(new Set(drawn).size, 1)
})

test('a thread that dies takes the receipt in its hand with it, and another draws those that wait', async (t) => {
  const queue = createPdfQueue()
  t.after(() => queue.end())
  const started = once(process, 'worker') as Promise<[Worker]>
  const lost = assert.rejects(queue.draw(shown), /thread that draws receipts died/)
  const waiting = queue.draw(shown)
  const [first] = await started
  const replaced = once(process, 'worker') as Promise<[Worker]>
  await first.terminate()
  await lost
  assert.deepEqual(await waiting, await receiptPdf(shown))
  const [second] = await replaced
  await second.terminate()
  assert.deepEqual(await queue.draw(shown), await receiptPdf(shown))
})

test('a receipt that cannot be drawn says why, and the next one is drawn', async (t) => {
  const queue = createPdfQueue()
  t.after(() => queue.end())
  const impossible = { ...shown, language: 'fr' } as unknown as ShownReceipt
  await assert.rejects(queue.draw(impossible), (error: Error) => error.cause instanceof Error)
  assert.deepEqual(await queue.draw(shown), await receiptPdf(shown))
})

test('who comes when too many wait is refused, and so is whoever waits when the hub stops', async () => {
  const queue = createPdfQueue()
  const all = Array.from({ length: mostWaiting + 1 }, () => queue.draw(shown))
  const refused = Promise.all(all.map((one) => assert.rejects(one, isUnavailable)))
  await assert.rejects(queue.draw(shown), isUnavailable)
  await queue.end()
  await refused
  await assert.rejects(queue.draw(shown), isUnavailable)
})

function isUnavailable(error: unknown): boolean {
  return error instanceof Refusal && error.status === 503 && error.retryAfterS !== undefined
}

function kept(t: TestContext): ReturnType<typeof createKeptPdfs> {
  const pdfs = createKeptPdfs(systemClock.monotonicMs)
  t.after(() => pdfs.end())
  return pdfs
}
