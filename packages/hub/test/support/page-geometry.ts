import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

const look = readFileSync(new URL('misplaced.js', import.meta.url), 'utf8')

/** What is wrong with where things are on a page: see misplaced.js. */
export function misplaced(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(look)
}
