import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Ports } from '../../../src/sandbox/running-ports.ts'
import { testDatabase } from '../database.ts'
import { testEnvironment } from '../running-hub.ts'
import { type Block, blocksOf, type Page } from './pages.ts'

const entry = fileURLToPath(new URL('../../../bin/khqr-hub.js', import.meta.url))
const node = [process.execPath, '--disable-warning=ExperimentalWarning', entry]

/** `khqr-hub start` as somebody at a terminal sees it, and a shell beside it. */
export type Terminal = {
  /** What the hub printed when it was ready. */
  readonly greeting: string
  readonly ports: Ports
  readonly dataDir: string
  /** Runs lines of shell; variables stay for the next call. Answers what they printed, errors apart. */
  shell(lines: string): Promise<{ readonly code: number; readonly said: string; readonly erred: string }>
}

/** Starts a hub on free ports with a database of its own; the end of the test stops it. */
export async function openTerminal(t: TestContext): Promise<Terminal> {
  const { url } = await testDatabase(t)
  const dataDir = mkdtempSync(join(tmpdir(), 'khqr-hub-docs-'))
  const environment = {
    ...testEnvironment(dataDir, url),
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
  }
  const hub = spawn(node[0] ?? '', [...node.slice(1), 'start'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(async () => {
    if (hub.exitCode === null && hub.signalCode === null) {
      const gone = once(hub, 'exit')
      hub.kill('SIGTERM')
      await gone
    }
    rmSync(dataDir, { recursive: true, force: true })
  })
  const greeting = await new Promise<string>((resolve, reject) => {
    let said = ''
    for (const stream of [hub.stdout, hub.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString('utf8')
        if (said.includes('Ctrl-C stops everything')) resolve(said)
      })
    }
    hub.once('exit', () => reject(new Error(`The hub ended before it was ready:\n${said}`)))
  })
  const ports = JSON.parse(readFileSync(join(dataDir, 'running-ports.json'), 'utf8')) as Ports
  return { greeting, ports, dataDir, shell: (lines) => runShell(lines, dataDir, environment) }
}

/** `npx khqr-hub` without npx: it would only find the same entry, more slowly. */
const prelude = `
set -u
npx() { [ "$1" = khqr-hub ] || return 127; shift; ${node.map((word) => `'${word}'`).join(' ')} "$@"; }
[ -f variables ] && . ./variables
`

function runShell(lines: string, folder: string, environment: NodeJS.ProcessEnv) {
  const names = [...lines.matchAll(/^([A-Z]+)=/gm)].map((match) => match[1])
  const keep = names.length === 0 ? '' : `\n{ code=$?; declare -p ${names.join(' ')} >> variables; (exit $code); }\n`
  return new Promise<{ code: number; said: string; erred: string }>((resolve) => {
    execFile(
      'bash',
      ['-c', `${prelude}${lines}${keep}`],
      { cwd: folder, env: environment, maxBuffer: 16 * 1024 * 1024 },
      (error, said, erred) => resolve({ code: error ? Number(error.code ?? 1) : 0, said, erred }),
    )
  })
}

/** One thing a page asks to be typed, and what it says comes out of it. */
export type Step = {
  readonly commands: Block
  readonly output: Block | undefined
  /** The output comes in a moment: the commands only look, and may be typed again. */
  readonly until: boolean
}

export function stepsOf(page: Page): Step[] {
  const blocks = blocksOf(page)
  return blocks.flatMap((block, index) => {
    if (block.language !== 'sh' || !block.marks.includes('walk')) return []
    const next = blocks[index + 1]
    const output = next?.marks.includes('output') ? next : undefined
    return [{ commands: block, output, until: block.marks.includes('until') }]
  })
}

/** The page's words with this hub's ports and data folder in them. */
export function asHere(text: string, { ports, dataDir }: Terminal): string {
  return text
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${ports.gateway}`)
    .replaceAll('127.0.0.1:8081', `127.0.0.1:${ports.khqr}`)
    .replaceAll('127.0.0.1:8085', `127.0.0.1:${ports.integration}`)
    .replaceAll('127.0.0.1:8687', `127.0.0.1:${ports.simulator}`)
    .replaceAll('.khqr-hub/', `${dataDir}/`)
}

/** Whether something came out as shown: `…` is anything within a line, and a line of its own any number of lines. */
export function isAsShown(said: string, shown: string): boolean {
  const lines = shown.trimEnd().split('\n')
  const pattern = lines.map((line) => (line === '…' ? '(?:[^\\n]*\\n)*?' : `${escaped(line)}\\n`)).join('')
  return new RegExp(`^${pattern}$`).test(said.endsWith('\n') || said === '' ? said : `${said}\n`)
}

function escaped(line: string): string {
  return line
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^\\n]*?')
}
