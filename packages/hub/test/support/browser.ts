import { accessSync, constants } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { after, type TestContext } from 'node:test'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

// Pages are looked at in the Chromium that the machine has. Where it has none these tests are skipped, visibly; in CI that
// is a failure, as every skip is.

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
]
const found = places.find(isProgram)

/** Of every test that needs a browser: `test(title, browserOption, …)`. */
export const needsBrowser: { readonly skip: string | false } = {
  skip: found ? false : `no Chromium at ${places.join(', ')}: install the Debian package chromium to run it`,
}

/** The sizes that pages are held at: a small phone and a desk. */
export const screens = { phone: { width: 360, height: 780 }, desk: { width: 1280, height: 900 } } as const
export type ScreenName = keyof typeof screens

/** Where pictures of the pages are left for whoever looks at them; CI keeps this folder. */
export const pictureFolder = resolve(import.meta.dirname, '../../../../test-results/pages')

let browser: Promise<Browser> | undefined

/** A browser of its own for one test: no cookies, no cache. `locale` is its reader's language. */
export async function openContext(t: TestContext, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  if (!found) throw new Error(String(needsBrowser.skip))
  // Root, as in a container, has no sandbox of Chromium's.
  const isRoot = process.getuid?.() === 0
  browser ??= chromium.launch({ executablePath: found, args: isRoot ? ['--no-sandbox'] : [] })
  const context = await (await browser).newContext({ viewport: screens.phone, locale: 'en-GB', ...options })
  t.after(() => context.close())
  return context
}

/** One page of it, whose errors in the console and whose requests to other hosts fail the test at its end. */
export async function openPage(
  t: TestContext,
  options: BrowserContextOptions & { readonly hosts?: readonly string[] } = {},
): Promise<Page> {
  const { hosts = ['127.0.0.1', 'localhost'], ...more } = options
  const page = await (await openContext(t, more)).newPage()
  const trouble: string[] = []
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`))
  page.on('console', (message) => {
    // What a cut line leaves in the console is no fault of the page.
    if (message.type() === 'error' && !/net::ERR_|status of \d{3}/.test(message.text()))
      trouble.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url())
    if (/^https?:$/.test(protocol) && !hosts.includes(hostname)) trouble.push(`request to ${request.url()}`)
  })
  t.after(() => {
    if (trouble.length > 0) throw new Error(`The page ${page.url()} had trouble:\n${trouble.join('\n')}`)
  })
  return page
}

/** Leaves a picture of the whole page as `{name}.png`; a name may hold folders. */
export async function keepPicture(page: Page, name: string): Promise<Buffer> {
  const path = `${pictureFolder}/${name}.png`
  await mkdir(dirname(path), { recursive: true })
  return page.screenshot({ path, fullPage: true, animations: 'disabled' })
}

after(async () => {
  await (await browser)?.close()
})

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
