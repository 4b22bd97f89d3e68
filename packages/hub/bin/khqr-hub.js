#!/usr/bin/env node
// The command line's entry: plain JavaScript, so that any Node >= 16 can read it and hand over to the pinned one.
import { fileURLToPath } from 'node:url'
import { runUnderPinnedNode } from './run-under-pinned-node.js'

await runUnderPinnedNode(fileURLToPath(import.meta.url), process.argv.slice(2), async () => {
  const { run } = await import('../src/cli/main.ts')
  await run(process.argv.slice(2))
})
