import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { DataDirInUse, lockDataDir } from './data-dir-lock.ts'

const rootOnly = process.getuid?.() === 0 ? false : 'PostgreSQL runs as somebody else only where we are root'

test('a folder is taken by one at a time; the second is told by whom, which folder, and what to do', (t) => {
  const dataDir = dataFolder(t)
  const lock = lockDataDir(dataDir)
  assert.throws(
    () => lockDataDir(dataDir),
    (error) =>
      error instanceof DataDirInUse &&
      error.holder?.pid === process.pid &&
      error.message.includes(dataDir) &&
      error.message.includes(`process ${process.pid}`) &&
      error.message.includes('HUB_DATA_DIR'),
  )
  lock.release()
  lock.release()
  lockDataDir(dataDir).release()
})

test('the folder is made where it is missing, and nobody else can look around in it', (t) => {
  const dataDir = dataFolder(t)
  lockDataDir(dataDir).release()
  assert.equal(statSync(dataDir).mode & 0o066, 0)
})

test('an empty folder of root lets others pass, one with something in it keeps its mode', { skip: rootOnly }, (t) => {
  const empty = dirname(dataFolder(t))
  lockDataDir(empty).release()
  assert.equal(statSync(empty).mode & 0o777, 0o701)
  const used = dirname(dataFolder(t))
  writeFileSync(join(used, 'something'), '')
  lockDataDir(used).release()
  assert.equal(statSync(used).mode & 0o777, 0o700)
})

test('of many that start at once after a kill -9, exactly one takes the folder', async (t) => {
  const dataDir = dataFolder(t)
  const [killed] = await Promise.all([contend(t, dataDir)].map(verdict))
  assert.equal(killed?.verdict, 'taken')
  killed?.process.kill('SIGKILL')
  await once(killed?.process ?? process, 'exit')

  const contenders = await Promise.all(Array.from({ length: 4 }, () => verdict(contend(t, dataDir))))
  assert.deepEqual(contenders.map((one) => one.verdict).sort(), ['refused', 'refused', 'refused', 'taken'])
})

function dataFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'khqr-hub-lock-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'data')
}

/** A process that tries to take the folder, says how that went, and stays. */
function contend(t: TestContext, dataDir: string): ChildProcess {
  const program = `
    import { lockDataDir } from ${JSON.stringify(new URL('./data-dir-lock.ts', import.meta.url).href)}
    try { lockDataDir(process.argv[1]); process.stdout.write('taken') } catch (error) { process.stdout.write('refused') }
    setInterval(() => {}, 60_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  return child
}

async function verdict(child: ChildProcess): Promise<{ process: ChildProcess; verdict: string }> {
  const [said] = (await once(child.stdout ?? child, 'data')) as [Buffer]
  return { process: child, verdict: said.toString('utf8') }
}
