import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, text = '']) => text)

const sources: Record<string, string> = {
  '@khqr-hub/khqr': new URL('../src/index.ts', import.meta.url).href,
  '@khqr-hub/khqr/bakong': new URL('../src/bakong/index.ts', import.meta.url).href,
}

test('the README has examples', () => {
  assert.ok(examples.length > 5)
})

for (const [index, example] of examples.entries()) {
  test(`example ${index + 1} of the README does what it says`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'khqr-readme-'))
    try {
      const file = join(folder, 'example.ts')
      writeFileSync(file, runnable(example))
      await import(pathToFileURL(file).href)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}

/** `value // → expected` becomes an assertion; packages become our sources. */
function runnable(example: string): string {
  const checked = example
    .replace(/^( *)(.+?) \/\/ → (.+)$/gm, '$1assert.deepEqual($2, $3)')
    .replace(/from '(@khqr-hub[^']*)'/g, (_, name: string) => `from '${sources[name]}'`)
  return `import assert from 'node:assert/strict'\n${checked}`
}
