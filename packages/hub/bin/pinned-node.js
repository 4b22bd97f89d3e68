#!/usr/bin/env node
// `pinned-node.js script.ts …`: runs a script of ours under the pinned Node, whatever Node this machine has.
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { runUnderPinnedNode } from './run-under-pinned-node.js'

await runUnderPinnedNode(fileURLToPath(import.meta.url), process.argv.slice(2), async () => {
  const script = process.argv[2]
  if (!script) throw new Error('Say which script to run: pinned-node.js script.ts')
  // The script sees the arguments as if Node had been given it directly.
  process.argv.splice(1, 2, resolve(script))
  await import(pathToFileURL(process.argv[1]).href)
})
