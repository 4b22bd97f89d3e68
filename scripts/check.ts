import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

// `npm run check`: types, format and lint, side by side, a row each; what a failing one said follows the rows.

const root = resolve(import.meta.dirname, '..')

const checks = [
  { name: 'types', program: 'typescript/bin/tsc', args: ['-p', '.', '--pretty', 'false'] },
  { name: 'format', program: '@biomejs/biome/bin/biome', args: ['format', '.'], remedy: 'npm run fix' },
  { name: 'lint', program: 'oxlint/bin/oxlint', args: ['--deny-warnings'], remedy: 'npm run fix' },
]

const results = await Promise.all(checks.map(check))
for (const { name, said, remedy } of results.filter((result) => !result.passed)) {
  console.log(`\n${name}:\n${said.trim()}${remedy ? `\nMany of these are mended by: ${remedy}` : ''}`)
}
process.exitCode = results.every((result) => result.passed) ? 0 : 1

type Check = (typeof checks)[number]

/** Runs one tool under this Node and prints its row when it has ended. */
async function check(tool: Check): Promise<Check & { passed: boolean; said: string }> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [resolve(root, 'node_modules', tool.program), ...tool.args], { cwd: root })
  const pieces: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => pieces.push(piece))
  const code = await new Promise<number | null>((done) => child.once('close', done))
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${code === 0 ? '✓' : '✗'} ${tool.name.padEnd(7)} ${seconds.padStart(5)} s`)
  return { ...tool, passed: code === 0, said: Buffer.concat(pieces).toString('utf8') }
}
