import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { entries } from '../scripts/build.ts'

const root = new URL('../', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  exports: Record<string, string>
  dependencies: Record<string, string>
}

test('what ships imports itself and its one dependency, so that it runs in a browser', () => {
  const sources = globSync('src/**/*.ts', { cwd: root }).filter((path) => !path.endsWith('.test.ts'))
  assert.ok(sources.length > 30)
  for (const path of sources) {
    const text = readFileSync(new URL(path, root), 'utf8')
    for (const [, name = ''] of text.matchAll(/(?:from|import) '([^']+)'/g)) {
      assert.ok(name.startsWith('.') || name === 'qr/decode.js', `${path} imports ${name}`)
    }
  }
  assert.deepEqual(Object.keys(manifest.dependencies), ['qr'])
})

test('every export is a source that is built', () => {
  const built = Object.values(entries).map((path) => `./${path}`)
  assert.deepEqual(Object.values(manifest.exports).toSorted(), built.toSorted())
  for (const path of built) assert.ok(existsSync(new URL(path, root)), path)
})

test('the drop-in has every name that bakong-khqr exports', () => {
  const load = createRequire(import.meta.url)
  const ours = load('../src/bakong/index.ts') as object
  for (const name of Object.keys(load('bakong-khqr') as object)) assert.ok(name in ours, name)
})
