import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { drivesTheHub, edgeCasesIn, type Tag, tagsIn } from './support/edge-cases.ts'
import { pagesOf } from './support/docs/pages.ts'
import { type File, fileAt, readTree } from './support/house-rules/tree.ts'

// "Each row of the edge-case table has a walk over HTTP that names it": the table is docs/money-edge-cases.md, and a walk
// names its row in its title, as `[E07]`.

const files = readTree(fileURLToPath(new URL('../../../', import.meta.url)))
const page = pagesOf(files).find(({ path }) => path === 'docs/money-edge-cases.md')
assert.ok(page)
const rows = edgeCasesIn(page)
const isWalk = ({ path }: File) => /^packages\/hub\/test\/(walks|faults)\/.*\.test\.ts$/.test(path)
const tags = files.filter(isWalk).map(tagsIn)
const proving = tags.flatMap((found) => found.proving)

test('the table has rows, and each id stands for one of them', () => {
  assert.ok(rows.length > 20)
  assert.deepEqual(
    rows.map(({ id }) => id).filter((id, index, all) => all.indexOf(id) !== index),
    [],
  )
  for (const { id } of rows) assert.match(id, /^E\d\d$/)
})

test('every row links a walk that proves it, and every walk that it links names it in a title', () => {
  for (const { id, name, files: linked } of rows) {
    const naming = new Set(proving.filter((tag) => tag.id === id).map(({ file }) => file))
    assert.ok(linked.length > 0, `${id} ${name} links no walk`)
    assert.deepEqual(
      linked.filter((file) => !naming.has(file)),
      [],
      `${id} ${name} links walks that do not name it`,
    )
  }
})

test('every walk that names a row names one that there is', () => {
  const known = new Set(rows.map(({ id }) => id))
  assert.deepEqual(
    proving.filter(({ id }) => !known.has(id)),
    [],
  )
})

test('a row is named nowhere but in the titles of walks: elsewhere it would prove nothing', () => {
  const others = files.filter((file) => file.path.endsWith('.test.ts') && !isWalk(file) && !isThisTest(file))
  assert.deepEqual([...tags.flatMap((found) => found.astray), ...others.flatMap((file) => tagsIn(file).proving)], [])
})

test('every walk that names a row drives a running hub', () => {
  const named = new Set(proving.map(({ file }) => file))
  const idle = files.filter(({ path }) => named.has(path)).filter((file) => !drivesTheHub(file, files))
  assert.deepEqual(
    idle.map(({ path }) => path),
    [],
  )
})

for (const { sentence, source, proves, astray = [] } of [
  { sentence: 'a tag in a title proves', source: `test('[E01] it fits', () => {})`, proves: ['E01'] },
  { sentence: 'a tag in a subtest proves', source: 't.test(`[E01] ${how} fits`, () => {})', proves: ['E01'] },
  {
    sentence: 'two tags in a title prove both',
    source: `test('[E01] [E02] it fits', () => {})`,
    proves: ['E01', 'E02'],
  },
  {
    sentence: 'a tag in the table that titles are made of proves',
    source: `for (const { title } of [{ title: '[E03] less' }]) test(title, () => {})`,
    proves: ['E03'],
  },
  {
    sentence: 'a tag in a named table that titles are made of proves',
    source: "const days = [{ row: '[E03]' }]\nfor (const { row } of days) test(`${row} less`, () => {})",
    proves: ['E03'],
  },
  {
    sentence: 'a tag in a table that no title is made of is astray',
    source: `for (const { row } of [{ row: '[E03]' }]) test('less', () => {})`,
    proves: [],
    astray: ['E03'],
  },
  {
    sentence: 'a tag within a test is astray',
    source: `test('less', () => { assert.ok('[E03]') })`,
    proves: [],
    astray: ['E03'],
  },
  { sentence: 'a tag in a comment is none', source: `// [E03]\ntest('less', () => {})`, proves: [] },
]) {
  test(sentence, () => {
    const found = tagsIn(fileAt('packages/hub/test/walks/planted.test.ts', source))
    assert.deepEqual(idsOf(found.proving), proves)
    assert.deepEqual(idsOf(found.astray), astray)
  })
}

test('a walk drives the hub through the support that it imports, and not by its name', () => {
  const path = 'packages/hub/test/walks/planted.test.ts'
  const direct = fileAt(path, `import { startTestHub } from '../support/running-hub.ts'`)
  const through = fileAt(path, `import { startBadDays } from '../support/bad-day.ts'`)
  const alone = fileAt(path, `import { usd } from '../support/sample-payment.ts'`)
  assert.deepEqual(
    [direct, through, alone].map((file) => drivesTheHub(file, files)),
    [true, true, false],
  )
})

function idsOf(found: readonly Tag[]): string[] {
  return found.map(({ id }) => id)
}

/** This file plants tags to hold the reading of them. */
function isThisTest({ path }: File): boolean {
  return path === 'packages/hub/test/edge-cases.test.ts'
}
