import { readFileSync } from 'node:fs'

/** Where the modules lie that the pages and the element of other sites have in common. */
const shared = import.meta.resolve('@khqr-hub/checkout')

/**
 * A script with the modules it imports before it, as one module and without its comments: a slow line fetches one small
 * file. None of these modules says a name at its top that another one says.
 */
export function scriptOf(name: 'page.js' | 'khqr-checkout.js'): string {
  const texts = new Map<string, string>()
  gather(new URL(name, name === 'page.js' ? import.meta.url : shared), texts)
  return [...texts.values()].join('').replace(/^export /gm, '')
}

const importLine = /^import \{[^}]*\} from '\.\/([a-z-]+\.js)'\n/gm

/** Those that are imported stand first, each once. */
function gather(file: URL, texts: Map<string, string>): void {
  if (texts.has(file.href)) return
  const text = readFileSync(file, 'utf8')
  for (const [, name = ''] of text.matchAll(importLine)) gather(new URL(name, shared), texts)
  texts.set(file.href, shortened(text.replaceAll(importLine, '')))
}

/** Whole lines of comment, and what lines begin with: whatever stands behind code stays. */
function shortened(text: string): string {
  return text.replace(/^\s*(?:\/\/.*|\/?\*.*)\n/gm, '').replace(/^\s+/gm, '')
}
