import { relative, resolve } from 'node:path'
import { finished } from 'node:stream/promises'
import type { EventData, run } from 'node:test'
import { inspect } from 'node:util'

type Outcome = { readonly name: string; readonly place: string; readonly why: string }
type TestFile = {
  startedAt: number
  passed: number
  failed: Outcome[]
  skipped: Outcome[]
  said: string
  ended: boolean
  summed: boolean
}

/**
 * Counts and prints a run: one line per finished file, the failures in full and the skips at the end, and last
 * "N passed, N failed, N skipped". A file that ends without its tests' say (crash, exit, no test in it) is a failure.
 */
export class TestReport {
  private readonly root: string
  private readonly files = new Map<string, TestFile>()
  private readonly expected: number
  private stopReason: string | undefined

  constructor(root: string, expected: number) {
    this.root = root
    this.expected = expected
  }

  /** Resolves when the run has ended. */
  async follow(events: ReturnType<typeof run>): Promise<void> {
    events.on('test:dequeue', (data) => isFile(data) && this.fileOf(data))
    events.on('test:stdout', (data) => (this.fileOf(data).said += data.message))
    events.on('test:stderr', (data) => (this.fileOf(data).said += data.message))
    events.on('test:complete', (data) => (isFile(data) ? this.endFile(data) : this.takeResult(data)))
    events.on('test:fail', (data) => isFile(data) && this.failFile(data, explain(data.details.error)))
    events.on('test:summary', (data) => data.file && (this.fileOf(data).summed = true))
    await finished(events.resume())
  }

  stoppedBy(reason: string): void {
    this.stopReason = reason
  }

  /** Prints what is left to say and returns the exit code. */
  finish(how: { skipsFail: boolean }): number {
    for (const [name, file] of this.files) {
      if (file.ended && !file.summed)
        this.failFile({ file: name }, 'It ended before its tests did: is there a process.exit?')
    }
    const all = [...this.files.values()]
    const failed = [...all.flatMap((file) => file.failed), ...this.unfinished()]
    const skipped = all.flatMap((file) => file.skipped)
    const passed = all.reduce((sum, file) => sum + file.passed, 0)
    for (const { name, place, why } of failed) console.log(`\n✗ ${place}\n  ${name}\n${indent(why)}`)
    for (const [name, file] of this.files) {
      if (file.failed.length > 0 && file.said.trim())
        console.log(`\n  What ${name} printed:\n${indent(file.said.slice(-8000))}`)
    }
    if (skipped.length > 0)
      console.log(`\nSkipped${how.skipsFail ? ', which counts as a failure here (CI=true)' : ''}:`)
    for (const { name, place, why } of skipped) console.log(`  ${place}  ${name}: ${why}`)
    console.log(`\n${passed} passed, ${failed.length} failed, ${skipped.length} skipped`)
    return failed.length > 0 || (how.skipsFail && skipped.length > 0) ? 1 : 0
  }

  private takeResult(data: EventData.TestComplete): void {
    const file = this.fileOf(data)
    // A suite is as good as its tests, which were counted; one that broke outside of them counts itself.
    const error = data.details.error
    if (data.details.type === 'suite' && (data.details.passed || failureType(error) === 'subtestsFailed')) return
    const outcome = { name: data.name, place: `${this.short(data.file)}:${data.line ?? 0}` }
    const left = data.skip ?? data.todo
    if (left !== undefined && left !== false) {
      file.skipped.push({ ...outcome, why: typeof left === 'string' ? left : data.todo ? 'to do' : 'no reason given' })
    } else if (data.details.passed) file.passed++
    else file.failed.push({ ...outcome, why: explain(error) })
  }

  private endFile(data: EventData.TestComplete): void {
    const file = this.fileOf(data)
    file.ended = true
    const tests = file.passed + file.failed.length + file.skipped.length
    if (!data.details.passed) this.failFile(data, explain(data.details.error))
    else if (tests === 0) this.failFile(data, 'It holds no test.')
    const seconds = ((performance.now() - file.startedAt) / 1000).toFixed(1)
    const done = String([...this.files.values()].filter((each) => each.ended).length).padStart(
      String(this.expected).length,
    )
    const bad = file.failed.length > 0
    const counts = `${tests} in ${seconds} s${bad ? `, ${file.failed.length} failed` : ''}`
    console.log(`${done}/${this.expected} ${bad ? '✗' : '✓'} ${this.short(data.file)}  ${counts}`)
  }

  /** For what went wrong outside of its tests, unless one of them has told already. */
  private failFile(data: { file?: string | undefined }, why: string): void {
    const file = this.fileOf(data)
    if (file.failed.length === 0) file.failed.push({ name: 'the file as a whole', place: this.short(data.file), why })
  }

  private unfinished(): Outcome[] {
    if (this.stopReason === undefined) return []
    const running = [...this.files].filter(([, file]) => !file.ended).map(([name]) => name)
    const why = `Files still running: ${running.join(', ') || 'none'}. Done: ${this.files.size - running.length} of ${this.expected}.`
    return [{ name: 'the run as a whole', place: 'npm test', why: `Stopped by ${this.stopReason}. ${why}` }]
  }

  /** By the file that was started, which may have its tests from another one. */
  private fileOf(data: { file?: string | undefined; entryFile?: string | undefined }): TestFile {
    const name = this.short(data.entryFile ?? data.file)
    const known = this.files.get(name)
    if (known) return known
    const fresh = {
      startedAt: performance.now(),
      passed: 0,
      failed: [],
      skipped: [],
      said: '',
      ended: false,
      summed: false,
    }
    this.files.set(name, fresh)
    return fresh
  }

  private short(file: string | undefined): string {
    return relative(this.root, resolve(this.root, file ?? 'unknown'))
  }
}

/** The runner tells of the file itself as of a test. */
function isFile(data: { name: string; file?: string | undefined }): boolean {
  return data.name === data.file
}

function failureType(error: unknown): unknown {
  return (error as { failureType?: unknown } | undefined)?.failureType
}

/** The runner wraps what a test threw. */
function explain(error: unknown): string {
  const cause = (error as { cause?: unknown } | undefined)?.cause ?? error
  return typeof cause === 'string' ? cause : inspect(cause, { depth: 6, colors: false })
}

function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, '  ')
}
