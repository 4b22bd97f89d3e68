import { readdirSync, readFileSync } from 'node:fs'

const flows = new URL('../../../src/flows/', import.meta.url)

/** The checkpoints that the flows name: each must be killed at in a long run. */
export function namedCheckpoints(): readonly string[] {
  const names = readdirSync(flows)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) => [...readFileSync(new URL(file, flows), 'utf8').matchAll(/\bcheckpoint\('([^']+)'\)/g)])
    .map((match) => match[1] ?? '')
  return [...new Set(names)].sort()
}

/** Other points are made by the suite: both sides of statements, calls and requests. */
export function isCheckpoint(point: string): boolean {
  return !/ |-(statement|call)$/.test(point)
}
