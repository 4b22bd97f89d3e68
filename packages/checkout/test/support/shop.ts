import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** A site of its own origin, with pages that a test puts there. */
export type Shop = {
  readonly origin: string
  /** Puts a file there; answers its address. `policy`: its Content-Security-Policy. */
  put(path: string, text: string, policy?: string): string
}

const types: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css', html: 'text/html' }

export async function openShop(t: TestContext): Promise<Shop> {
  const files = new Map<string, { readonly text: string; readonly policy: string | undefined }>()
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const file = files.get(path)
    if (!file) {
      response.writeHead(path === '/favicon.ico' ? 204 : 404).end()
      return
    }
    if (file.policy !== undefined) response.setHeader('content-security-policy', file.policy)
    const type = types[path.split('.').at(-1) ?? ''] ?? 'text/html'
    response.setHeader('content-type', `${type}; charset=utf-8`).end(file.text)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    put(path, text, policy) {
      files.set(path, { text, policy })
      return origin + path
    },
  }
}

const examples = new URL('../../examples/', import.meta.url)

export function exampleText(path: string): string {
  return readFileSync(new URL(path, examples), 'utf8')
}

/** An example as its own build would make it. */
export async function bundled(path: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(path, examples))],
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    define: {
      'process.env.NODE_ENV': '"production"',
      __VUE_OPTIONS_API__: 'true',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
  })
  return outputFiles[0]?.text ?? ''
}

/** A page with elements on it, whose events are kept in `window.told`: `[name, detail, id]`. */
export function pageWith(hub: string, body: string): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title>',
    '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/shop.css">',
    `<script src="/keep.js"></script><script type="module" src="${hub}/pay/assets/khqr-checkout.js"></script></head>`,
    `<body><main><h1>A shop</h1>${body}</main></body></html>`,
  ].join('')
}

export const keepEvents = `window.told = []
for (const name of ['ready', 'paid', 'expired', 'failed', 'cancelled', 'held', 'statechange', 'error'])
  document.addEventListener(name, (event) => window.told.push([name, event.detail, event.target.id]))`
