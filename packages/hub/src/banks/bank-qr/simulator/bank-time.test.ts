import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compactText, microsecondText, readUtc, utcText } from './bank-time.ts'

describe("a bank's times", () => {
  for (const [text, said] of [
    ['2026-01-30T09:30:00Z', '2026-01-30T09:30:00.000000Z'],
    ['2026-01-30t16:30:00.1+07:00', '2026-01-30T09:30:00.100000Z'],
    ['2026-01-01T00:00:00.000001+07:00', '2025-12-31T17:00:00.000001Z'],
  ] as const) {
    it(`are read from ${text} to the microsecond`, () => {
      assert.equal(utcText(readUtc(text) ?? 0), said)
    })
  }

  for (const text of [
    '2026-01-30',
    '2026-01-30T09:30:00',
    '2026-01-30 09:30:00Z',
    '2026-13-30T09:30:00Z',
    '1999-12-31T23:59:59Z',
    '2100-01-01T00:00:00Z',
    '2026-01-30T09:30:00.1234567Z',
  ]) {
    it(`are not read from ${text}`, () => {
      assert.equal(readUtc(text), undefined)
    })
  }

  it('are written in UTC+7', () => {
    const atMicros = readUtc('2026-01-30T20:30:00.000123Z') ?? 0
    assert.equal(microsecondText(atMicros), '2026-01-31 03:30:00.000123')
    assert.equal(compactText(atMicros), '20260131033000')
  })
})
