import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBill, openBooks } from '../../test/support/empty-books.ts'
import { randomToken } from '../kit/crypto.ts'
import { ensureCheckout, readCheckout } from './checkouts.ts'

test('a payment has one page, whoever asks for it first and however many at once', async (t) => {
  const books = await openBooks(t)
  const { db } = books
  const { number } = await openBill(books)
  assert.equal(await readCheckout(db, number), undefined)
  const asked = Array.from({ length: 8 }, (_, n) => ({
    token: randomToken(32),
    returnUrl: `https://shop.example/thanks/${n}`,
    cancelUrl: undefined,
  }))
  const pages = await Promise.all(asked.map((wanted) => ensureCheckout(db, number, wanted)))
  const [first] = pages
  assert.ok(asked.some((wanted) => wanted.token === first?.token && wanted.returnUrl === first.returnUrl))
  for (const page of pages) assert.deepEqual(page, first)
  assert.deepEqual(await readCheckout(db, number), first)
})
