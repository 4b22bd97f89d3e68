import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { type TestContext, test } from 'node:test'
import { allRules } from './support/house-rules/all-rules.ts'
import { floors } from './support/house-rules/import-rules.ts'
import { promisedNames } from './support/house-rules/name-rules.ts'
import { type Planted, planted } from './support/house-rules/planted.ts'
import { explain, hubSource } from './support/house-rules/rule.ts'
import { readTree } from './support/house-rules/tree.ts'

// ARCHITECTURE.md's rules, held against the sources. Each rule says what holds, why, and what to do about a finding;
// each is itself held to files that break it (planted.ts), so that none is green because it sees nothing.

const root = resolve(import.meta.dirname, '../../..')
const tree = readTree(root)

for (const rule of allRules) {
  test(rule.law, () => {
    const findings = rule.find(tree)
    assert.ok(findings.length === 0, explain(rule, findings))
  })
}

test('the rules look at the whole project', () => {
  const rooms = new Set(tree.map((file) => file.room))
  for (const room of ['money', 'domain', 'kit', 'banks', 'store', 'flows'])
    assert.ok(rooms.has(room), `${room} was not read`)
  for (const room of Object.keys(floors)) assert.ok(Number.isInteger(floors[room]))
})

test('a promised name stands in a file that still says it', () => {
  for (const { file, name } of promisedNames) {
    const found = tree.find(({ path }) => path === hubSource + file)
    assert.ok(found?.text.toLowerCase().includes(name), `${file} no longer says "${name}": take it off the list`)
  }
})

for (const rule of allRules) {
  const violations = planted.filter(({ breaks }) => breaks !== undefined && rule.law.startsWith(breaks))
  test(`seen when broken: ${rule.law}`, (t) => {
    assert.ok(violations.length > 0, 'No file in planted.ts breaks this rule, so nothing shows that it sees anything.')
    for (const violation of violations) {
      assert.deepEqual(brokenBy(t, violation), [rule.law], `${violation.path}:\n${violation.text.slice(0, 200)}`)
    }
  })
}

test('what only comes near to breaking a rule breaks none', (t) => {
  for (const innocent of planted.filter(({ breaks }) => breaks === undefined)) {
    assert.deepEqual(brokenBy(t, innocent), [], `${innocent.path}:\n${innocent.text.slice(0, 200)}`)
  }
})

test('a finding names its file and line, the rule, its reason and what to do', (t) => {
  const files = plant(t, { path: 'packages/hub/src/kit/a.ts', text: `\nimport { x } from '../flows/x.ts'` })
  const rule = allRules.find(({ law }) => law.startsWith('A room'))
  assert.ok(rule)
  assert.equal(
    explain(rule, rule.find(files)),
    `${rule.law}\n` +
      '  packages/hub/src/kit/a.ts:2  kit (floor 2) imports flows (floor 4): packages/hub/src/flows/x.ts\n' +
      `Why: ${rule.why}\nWhat to do: ${rule.remedy}`,
  )
})

/** The laws that a project of this one file breaks. */
function brokenBy(t: TestContext, file: Planted): string[] {
  const files = plant(t, file)
  return allRules.filter((rule) => rule.find(files).length > 0).map((rule) => rule.law)
}

function plant(t: TestContext, { path, text }: Planted): ReturnType<typeof readTree> {
  const folder = mkdtempSync(join(tmpdir(), 'khqr-hub-house-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
  return readTree(folder)
}
