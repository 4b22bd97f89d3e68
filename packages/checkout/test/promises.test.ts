import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { transform } from 'esbuild'
import * as ts from 'typescript'
import { scriptOf } from '../../hub/src/http/page-script.ts'
import { renderPlain, renderState, stateSamples } from '../../hub/test/support/page-states.ts'

// What docs/checkout-element.md and the types promise, held against the code.

const plain: Record<string, unknown> = {
  ...(await import(new URL('../src/page-content.js', import.meta.url).href)),
  ...(await import(new URL('../src/read-attributes.js', import.meta.url).href)),
}
const { parts, taken, attributes } = plain as {
  readonly parts: Record<string, string>
  readonly taken: RegExp
  readonly attributes: readonly string[]
}

const docs = readFileSync(new URL('../../../docs/checkout-element.md', import.meta.url), 'utf8')
const element = readFileSync(new URL('../src/khqr-checkout.js', import.meta.url), 'utf8')
const view = readFileSync(new URL('../src/page-view.js', import.meta.url), 'utf8')
const frame = readFileSync(new URL('../src/page-frame.js', import.meta.url), 'utf8')
const types = readFileSync(new URL('../src/khqr-checkout.d.ts', import.meta.url), 'utf8')
const css = readFileSync(new URL('../../hub/src/http/page.css', import.meta.url), 'utf8')

function rowsOf(title: string): string[] {
  const section = docs.split(/^## /m).find((one) => one.startsWith(`${title}\n`)) ?? assert.fail(title)
  return [...section.matchAll(/^\| `([\w-]+)`/gm)].map(([, name = '']) => name)
}

test('its attributes, events and parts are those that the docs list', () => {
  assert.deepEqual(rowsOf('Attributes'), attributes)
  const events = /type CheckoutEvents = \{(.*?)\n\}/s.exec(types)?.[1] ?? ''
  const typed = [...events.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name)
  assert.deepEqual(rowsOf('Events'), typed)
  for (const name of rowsOf('Events')) assert.match(element, new RegExp(`\\b${name}: |'${name}'`), name)
  const others = [...`${view}${frame}`.matchAll(/part(?:: |', )'(\w+)'/g)].map(([, name]) => name)
  assert.deepEqual(rowsOf('Looks').sort(), [...Object.keys(parts), ...others].sort())
})

test('each colour that the docs name is one of the page’s, and none is missing', () => {
  const named = new Set([...docs.matchAll(/--khqr-([a-z-]+)/g)].map(([, name = '']) => name))
  const colours = [...css.matchAll(/--([a-z-]+):\s*#/g)].map(([, name = '']) => name)
  assert.deepEqual([...named].sort(), [...new Set(['brand', ...colours])].sort())
})

test('every element and every part of every page is taken over', () => {
  const pages = stateSamples.flatMap((sample) =>
    (['km', 'en'] as const).map((language) => renderState(sample, { language })),
  )
  const mains = [...pages, renderPlain('notFound', 'en'), renderPlain('error', 'km')].map((page) =>
    page.slice(page.indexOf('<header')),
  )
  const found = new Set(mains.flatMap((main) => [...main.matchAll(/<([a-z]\w*)/gi)].map(([, name = '']) => name)))
  assert.deepEqual(
    [...found].filter((name) => !taken.test(name)),
    [],
  )
  for (const name of ['card', 'amount', 'ends', 'told'])
    assert.ok(
      mains.some((main) => new RegExp(`class="[^"]*\\b${name}\\b`).test(main)),
      name,
    )
})

test('the script is of one piece, and small: under 6 KB where a site’s build makes it shorter', async () => {
  const script = scriptOf('khqr-checkout.js')
  assert.doesNotMatch(script, /^(?:import|export)\b/m)
  const { code } = await transform(script, { minify: true })
  const [fromHub, fromBuild] = [script, code].map((text) => gzipSync(text, { level: 9 }).length)
  assert.ok(fromHub && fromHub < 7_500, `${fromHub} bytes on the line`)
  assert.ok(fromBuild && fromBuild < 6_144, `${fromBuild} bytes on the line`)
})

test('on a server its import does nothing', async () => {
  const { KhqrCheckoutElement } = await import(new URL('../src/khqr-checkout.js', import.meta.url).href)
  assert.equal(typeof KhqrCheckoutElement, 'function')
})

test('its types are right, and know the element by its name', () => {
  const text = `
    import { KhqrCheckoutElement, type CheckoutNews } from '@khqr-hub/checkout'
    const one: KhqrCheckoutElement = document.createElement('khqr-checkout')
    one.payment = 'https://pay.example/pay/token'
    one.addEventListener('paid', (event) => { const news: CheckoutNews = event.detail; console.log(news.amount) })
    one.addEventListener('error', ({ detail }) => console.log(detail.todo))
    // @ts-expect-error: it is read-only.
    one.state = 'paid'
  `
  const name = new URL('../src/sample.ts', import.meta.url).pathname
  const options: ts.CompilerOptions = {
    lib: ['lib.es2024.d.ts', 'lib.dom.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noEmit: true,
    types: [],
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile } = host
  host.fileExists = (path) => path === name || fileExists(path)
  host.readFile = (path) => (path === name ? text : readFile(path))
  const getSource = host.getSourceFile
  host.getSourceFile = (path, language) =>
    path === name ? ts.createSourceFile(path, text, language) : getSource(path, language)
  const problems = ts.getPreEmitDiagnostics(ts.createProgram([name], options, host))
  assert.deepEqual(
    problems.map(({ messageText, file }) => [file?.fileName, ts.flattenDiagnosticMessageText(messageText, '\n')]),
    [],
  )
})
