import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { budgetPages } from '../../../scripts/simulate-budget.ts'
import { dayLines, figuresOf, usualOptions, verdictsOf } from '../../../scripts/simulate-budget-figures.ts'

// Days of top-ups with a hundred status calls each, on a virtual clock: what docs/bakong-budget.md shows, and that it is so.

const root = resolve(import.meta.dirname, '../../..')
const figures = dayLines.map((line) => figuresOf(line, usualOptions))
const verdicts = verdictsOf(figures)

test('the simulation judges the plan with list calls and without', () => {
  assert.equal(verdicts.length, 10)
})

for (const { says, holds } of verdicts) {
  test(`200 top-ups and 100 calls a day, ${says}`, () => {
    assert.ok(holds, figures.map((one) => JSON.stringify(one)).join('\n'))
  })
}

for (const [path, text] of budgetPages(figures)) {
  test(`${path} shows what the simulation says now`, () => {
    assert.equal(readFileSync(join(root, path), 'utf8'), text, 'Run: npm run simulate:budget')
  })
}
