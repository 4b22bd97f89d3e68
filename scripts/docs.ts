/**
 * Writes the pages of `docs/` that are made from the code: `node packages/hub/bin/pinned-node.js scripts/docs.ts`.
 * A test fails while one of them differs from what this would write.
 */
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { apiPage } from './docs/api.ts'
import { configurationPage } from './docs/configuration.ts'
import { errorsPage } from './docs/errors.ts'
import { eventsPage } from './docs/events.ts'
import { metricsPage } from './docs/metrics.ts'
import { ordersPage } from './docs/orders.ts'
import { topupsPage } from './docs/topups.ts'

const root = resolve(import.meta.dirname, '..')

/** Path from the project's root → what the page must say. */
export function generatedPages(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/api.md', apiPage()],
    ['docs/configuration.md', configurationPage()],
    ['docs/errors.md', errorsPage()],
    ['docs/events.md', eventsPage()],
    ['docs/metrics.md', metricsPage()],
    ['docs/orders.md', ordersPage()],
    ['docs/topups.md', topupsPage()],
  ])
}

if (process.argv[1] === import.meta.filename) {
  for (const [path, text] of generatedPages()) {
    writeFileSync(join(root, path), text)
    console.log(path)
  }
}
