import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FastifyRequest } from 'fastify'
import { chooseLanguage } from './language.ts'

type Row = readonly [query: object, cookie: string | undefined, wish: string | undefined, language: 'km' | 'en']

const rows: readonly Row[] = [
  [{}, undefined, undefined, 'en'],
  [{}, undefined, 'km', 'km'],
  [{}, undefined, 'km-KH,km;q=0.9,en;q=0.8', 'km'],
  [{}, undefined, 'en-US,en;q=0.9,km;q=0.8', 'en'],
  [{}, undefined, 'en;q=0.5, km;q=0.7', 'km'],
  [{}, undefined, 'fr,km;q=0.1', 'km'],
  [{}, undefined, 'fr', 'en'],
  [{}, undefined, 'km;q=0', 'en'],
  [{}, undefined, '!!', 'en'],
  [{}, 'khqr_lang=km', 'en', 'km'],
  [{}, 'other=1; khqr_lang=en; more=2', 'km', 'en'],
  [{}, 'xkhqr_lang=km', 'en', 'en'],
  [{}, 'khqr_lang=fr', 'km', 'km'],
  [{ lang: 'en' }, 'khqr_lang=km', 'km', 'en'],
  [{ lang: 'km' }, undefined, 'en', 'km'],
  [{ lang: 'fr' }, undefined, 'km', 'km'],
  [{ lang: ['km', 'en'] }, undefined, 'en', 'en'],
]

for (const [query, cookie, wish, language] of rows) {
  test(`${JSON.stringify(query)}, cookie ${cookie}, Accept-Language ${wish}: ${language}`, () => {
    const request = { query, headers: { cookie, 'accept-language': wish } } as unknown as FastifyRequest
    assert.equal(chooseLanguage(request).language, language)
  })
}
