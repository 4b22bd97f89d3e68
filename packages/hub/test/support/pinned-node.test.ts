import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../bin/', import.meta.url))

/** Makes a new Node say that it is an old one; the Node it hands over to tells the truth. */
const asOldNode = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.0.0'}})`

/** Says which Node reads it, waits for signals, and ends a while after the first, as a draining hub does. */
const patientScript = `
  const heard: string[] = []
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      heard.push(signal)
      process.stdout.write('heard ')
      setTimeout(() => process.exit(heard.length === 1 ? 7 : 8), 300)
    })
  }
  setInterval(() => {}, 60_000)
  process.stdout.write('ready ')`

test('an old Node hands over to the pinned one, with arguments, output and exit code', async (t) => {
  const script = write(
    t,
    `process.stdout.write(JSON.stringify([process.version, process.argv.slice(1)])); process.exit(5)`,
  )
  const child = launch(t, [script, 'one', '--two'])
  const [said, [code]] = await Promise.all([text(output(child)), once(child, 'exit')])
  assert.deepEqual(JSON.parse(said), [process.version, [script, 'one', '--two']])
  assert.equal(code, 5)
})

for (const old of [true, false]) {
  const how = old ? 'through the launcher' : 'without a launcher'
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`${signal} ${how} is heard once when one process gets it`, async (t) => {
      const child = launch(t, [write(t, patientScript)], old)
      await once(output(child), 'data')
      child.kill(signal)
      assert.equal((await once(child, 'exit'))[0], 7)
    })
  }

  test(`Ctrl-C ${how} is heard once though terminal and npm both tell of it`, async (t) => {
    const child = launch(t, [write(t, patientScript)], old)
    await once(output(child), 'data')
    process.kill(-(child.pid ?? 0), 'SIGINT')
    await once(output(child), 'data')
    child.kill('SIGINT')
    assert.equal((await once(child, 'exit'))[0], 7)
  })
}

test('a script that dies of a signal takes the launcher with it in the same way', async (t) => {
  const child = launch(t, [write(t, `process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 60_000)`)])
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM'])
})

test('kill -9 of the launcher ends the script too', async (t) => {
  const child = launch(t, [write(t, patientScript)])
  const said = text(output(child))
  await once(output(child), 'data')
  child.kill('SIGKILL')
  // The script has the same output open: it closes when both are gone.
  assert.equal(await said, 'ready ')
})

test('where no Node is new enough, a sentence says what to do', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'khqr-hub-bin-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  cpSync(bin, folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const child = spawn(process.execPath, ['--import', asOldNode, join(folder, 'khqr-hub.js'), 'start'])
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  assert.match(said, /needs Node 24 or newer; this is v.* Run "npm ci"/)
  assert.equal(code, 1)
})

function write(t: TestContext, script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'khqr-hub-script-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'script.ts')
  writeFileSync(file, `export {}\n${script}`)
  return file
}

/** In a group of its own, as below a terminal. */
function launch(t: TestContext, args: readonly string[], old = true): ChildProcess {
  const flags = old ? ['--import', asOldNode] : []
  const child = spawn(process.execPath, [...flags, join(bin, 'pinned-node.js'), ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  return child
}

function output(child: ChildProcess): NonNullable<ChildProcess['stdout']> {
  assert.ok(child.stdout)
  return child.stdout
}
