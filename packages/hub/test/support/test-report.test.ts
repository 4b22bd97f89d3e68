import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'

// `npm test`'s report is what everybody believes, so every way in which a test file can go wrong is played here.

const good = `test('good', () => {})`

const cases: readonly { what: string; file: string; last: string; code: number; says?: RegExp; ci?: boolean }[] = [
  { what: 'passing tests', file: `${good}\ntest('also', () => {})`, last: '2 passed, 0 failed, 0 skipped', code: 0 },
  {
    what: 'a failing test',
    file: `${good}\ntest('bad', () => { throw new Error('boom') })`,
    last: '1 passed, 1 failed, 0 skipped',
    code: 1,
    says: /✗ a\.test\.js:\d+\n {2}bad\n {2}Error: boom/,
  },
  {
    what: 'a failing test within a group, counted once',
    file: `describe('group', () => { it('bad', () => { throw new Error('boom') }) })`,
    last: '0 passed, 1 failed, 0 skipped',
    code: 1,
  },
  {
    what: 'a group that breaks before its tests',
    file: `describe('group', () => { throw new Error('boom') })`,
    last: '0 passed, 1 failed, 0 skipped',
    code: 1,
  },
  {
    what: 'a skipped and an unfinished test',
    file: `test('later', { skip: 'no root' }, () => {})\ntest('some day', { todo: true }, () => {})`,
    last: '0 passed, 0 failed, 2 skipped',
    code: 0,
    says: /a\.test\.js:\d+ {2}later: no root/,
  },
  {
    what: 'a skipped test where skipping is not allowed',
    file: `test('later', { skip: 'no root' }, () => {})`,
    last: '0 passed, 0 failed, 1 skipped',
    code: 1,
    says: /Skipped, which counts as a failure here/,
    ci: true,
  },
  {
    what: 'a file that cannot be loaded',
    file: `import './not-there.js'`,
    last: '0 passed, 1 failed, 0 skipped',
    code: 1,
    says: /Cannot find module/,
  },
  { what: 'a file without a test', file: '', last: '0 passed, 1 failed, 0 skipped', code: 1, says: /It holds no test/ },
  {
    what: 'a file that exits in the middle, with code 0',
    file: `${good}\ntest('quits', async () => { await new Promise((done) => setTimeout(done, 300)); process.exit(0) })\n${good}`,
    last: '1 passed, 1 failed, 0 skipped',
    code: 1,
    says: /ended before its tests did/,
  },
  {
    what: 'an error outside of every test',
    file: `${good}\nafter(() => { throw new Error('boom') })`,
    last: '1 passed, 1 failed, 0 skipped',
    code: 1,
    says: /boom/,
  },
]

for (const { what, file, last, code, says, ci } of cases) {
  test(`${what}: ${last}${ci ? ', and a failure' : ''}`, async (t) => {
    const report = await reportOn(t, file, ci ?? false)
    assert.equal(report.said.trimEnd().split('\n').at(-1), last, report.said)
    assert.equal(report.code, code)
    if (says) assert.match(report.said, says)
  })
}

async function reportOn(
  t: TestContext,
  file: string,
  skipsFail: boolean,
): Promise<{ said: string; code: number | null }> {
  const folder = mkdtempSync(join(tmpdir(), 'khqr-hub-report-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'a.test.js'), `import { after, describe, it, test } from 'node:test'\n${file}`)
  const program = `
    import { run } from 'node:test'
    import { TestReport } from ${JSON.stringify(new URL('../../../../scripts/test-report.ts', import.meta.url).href)}
    const report = new TestReport(process.cwd(), 1)
    await report.follow(run({ files: [process.cwd() + '/a.test.js'] }))
    process.exitCode = report.finish({ skipsFail: ${skipsFail} })`
  writeFileSync(join(folder, 'run.js'), program)
  // Without this a run within a test does nothing.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(process.execPath, ['run.js'], { cwd: folder, env })
  const ended = new Promise<number | null>((done) => child.once('close', done))
  const [said, code] = await Promise.all([text(child.stdout), ended])
  return { said, code }
}
