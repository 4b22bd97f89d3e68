/**
 * `npm run guards [-- name]`: takes one guard away at a time, by a small committed patch, and expects a test to turn red.
 * A guard that can be removed without a red test is not held by anything.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

type Guard = {
  readonly name: string
  /** From the patch's first line: what is taken away. */
  readonly removes: string
  /** From its second line: the test files that must notice. */
  readonly tests: readonly string[]
  readonly file: string
}

const root = resolve(import.meta.dirname, '..')
const folder = join(root, 'guards')
const longestRunMs = 10 * 60_000

const guards = readGuards().filter((guard) => process.argv.slice(2).every((wanted) => guard.name.includes(wanted)))
const workplace = mkdtempSync(join(tmpdir(), 'khqr-hub-guards-'))
const copy = join(workplace, 'copy')
let failures = 0
try {
  makeCopy()
  for (const [index, guard] of guards.entries()) {
    process.stdout.write(`${String(index + 1).padStart(2)}/${guards.length} ${guard.name.padEnd(34)} `)
    const verdict = tryGuard(guard)
    if (!verdict.isHeld) failures += 1
    console.log(`${verdict.isHeld ? 'held' : 'NOT HELD'}  ${verdict.sentence}`)
  }
} finally {
  git(root, 'worktree', 'remove', '--force', copy)
  rmSync(workplace, { recursive: true, force: true })
}
console.log(`${guards.length - failures} passed, ${failures} failed`)
process.exitCode = failures === 0 && guards.length > 0 ? 0 : 1

function readGuards(): Guard[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.patch'))
    .sort()
    .map((file) => {
      const [removes = '', tests = ''] = readFileSync(join(folder, file), 'utf8').split('\n')
      return {
        name: file.replace(/\.patch$/, ''),
        removes: removes.replace(/^Removes: /, ''),
        tests: tests.replace(/^Tests: /, '').split(' '),
        file: join(folder, file),
      }
    })
}

/** A work tree of what is committed now, with the same node_modules. */
function makeCopy(): void {
  const made = git(root, 'worktree', 'add', '--detach', copy, 'HEAD')
  if (made.status !== 0) throw new Error(made.stderr)
  linkModules()
}

/** The same packages, but our own: those are the copy's, or a patch of theirs would take nothing away. */
function linkModules(): void {
  const [from, to] = [join(root, 'node_modules'), join(copy, 'node_modules')]
  const own = readdirSync(join(copy, 'packages')).map((name) => join('packages', name))
  const ownNames = new Map(own.map((path) => [packageName(path), path]))
  mkdirSync(to)
  for (const entry of readdirSync(from)) {
    const isOurScope = [...ownNames.keys()].some((name) => name.startsWith(`${entry}/`))
    if (!isOurScope && !ownNames.has(entry)) symlinkSync(join(from, entry), join(to, entry))
  }
  for (const [name, path] of ownNames) {
    mkdirSync(dirname(join(to, name)), { recursive: true })
    symlinkSync(join(copy, path), join(to, name))
  }
}

function packageName(path: string): string {
  return String((JSON.parse(readFileSync(join(copy, path, 'package.json'), 'utf8')) as { name?: string }).name)
}

function tryGuard(guard: Guard): { isHeld: boolean; sentence: string } {
  const applied = git(copy, 'apply', guard.file)
  if (applied.status !== 0) return { isHeld: false, sentence: `the patch no longer applies: ${applied.stderr.trim()}` }
  try {
    const run = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '--test', ...guard.tests], {
      cwd: copy,
      encoding: 'utf8',
      timeout: longestRunMs,
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_TEST_CONTEXT')),
    })
    if (!/^ℹ tests \d/m.test(run.stdout))
      return { isHeld: false, sentence: `no test ran: ${run.stderr.trim().slice(0, 200)}` }
    const failed = Number(/^ℹ fail (\d+)/m.exec(run.stdout)?.[1] ?? 0)
    const passed = Number(/^ℹ pass (\d+)/m.exec(run.stdout)?.[1] ?? 0)
    // Everything failing at once is a broken file, not a test that noticed.
    if (failed > 0 && /✖ .*\.test\.ts \(/.test(run.stdout) && passed === 0) {
      return { isHeld: false, sentence: 'the test file itself broke' }
    }
    const red = /^\s*✖ (.+?) \(\d/m.exec(run.stdout)?.[1] ?? ''
    return failed > 0
      ? { isHeld: true, sentence: `red: ${red}` }
      : { isHeld: false, sentence: `all ${passed} tests stay green without it: ${guard.removes}` }
  } finally {
    git(copy, 'checkout', '--force', '--', '.')
  }
}

function git(cwd: string, ...words: readonly string[]) {
  return spawnSync('git', [...words], { cwd, encoding: 'utf8' })
}
