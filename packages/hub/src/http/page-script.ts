import { readFileSync } from 'node:fs'

/** Where the modules lie that the pages and the element of other sites have in common. */
const shared = import.meta.resolve('@khqr-hub/checkout')

/**
 * A script with the modules it imports before it, as one module: a slow line fetches one file. None of them says a name at
 * its top that another one says, and none is imported twice.
 */
export function scriptOf(name: 'page.js' | 'khqr-checkout.js'): string {
  return joined(new URL(name, name === 'page.js' ? import.meta.url : shared))
}

const importLine = /^import \{[^}]*\} from '\.\/([a-z-]+\.js)'\n/gm

function joined(file: URL): string {
  const text = readFileSync(file, 'utf8')
  const parts = [...text.matchAll(importLine)].map(([, name = '']) => joined(new URL(name, shared)))
  return [...parts.map((part) => part.replace(/^export /gm, '')), text.replaceAll(importLine, '')].join('\n')
}
