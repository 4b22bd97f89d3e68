import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { needsBrowser, openPage } from '../support/browser.ts'
import { stateSamples } from '../support/page-states.ts'
import { cutOutCode, openReader, type ReadPixels } from '../support/read-pixels.ts'
import { showStates } from '../support/show-states.ts'

const logo = {
  type: 'image/svg+xml',
  bytes: Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 3"><rect width="9" height="3" fill="#5c0a0a"/></svg>',
  ),
}
const light = { colorScheme: 'light' } as const
const dark = { colorScheme: 'dark' } as const
const forced = { forcedColors: 'active', ...dark } as const

test('the code on the page, as pixels, is the payment’s, whatever it is shown on', needsBrowser, async (t) => {
  const read = await openReader(t)
  const plain = await showStates()
  const themed = await showStates({ colour: '#5c0a0a', logo, name: 'ហាងនំប៉័ង ភ្នំពេញ' })
  t.after(() => Promise.all([plain.surface.close(), themed.surface.close()]))
  for (const scale of [1, 2, 3])
    await t.test(`at ${scale} pixels a point, wide and narrow, light and dark`, async (u) => {
      const show = pageAt(u, scale)
      const rows = [
        [320, light, plain.url],
        [360, dark, themed.url],
        [1280, scale === 2 ? dark : light, themed.url],
      ] as const
      for (const [width, how, url] of rows)
        await assertShown(read, await show(`${url}/ready`, { width, ...how }), 'ready', `${width}`)
    })
  await t.test('in forced colours, printed, with large words, and with the merchant’s Khmer name', async (u) => {
    const show = pageAt(u, 2)
    const ready = `${plain.url}/ready`
    await assertShown(read, await show(ready, { width: 360, ...forced }), 'ready', 'forced colours')
    await assertShown(read, await show(ready, { width: 794, media: 'print' }), 'ready', 'printed')
    await assertShown(read, await show(ready, { width: 794, media: 'print', ...dark }), 'ready', 'printed by night')
    await assertShown(read, await show(ready, { width: 320, text: '200%' }), 'ready', 'large words')
    const khmer = `${themed.url}/ready-khmer-name?lang=km&digits=km`
    await assertShown(read, await show(khmer, { width: 360, ...dark }), 'ready-khmer-name', 'a Khmer name')
  })
})

type Shown = {
  readonly width: number
  readonly colorScheme?: 'light' | 'dark'
  readonly forcedColors?: 'active'
  readonly media?: 'print'
  readonly text?: string
}

/** One page for all that is shown at this many pixels a point. */
function pageAt(t: TestContext, deviceScaleFactor: number) {
  const opened = openPage(t, { deviceScaleFactor })
  return async (url: string, { width, text, ...media }: Shown) => {
    const page = await opened
    await page.emulateMedia({ media: null, colorScheme: null, forcedColors: null, ...media })
    await page.setViewportSize({ width, height: 780 })
    await page.goto(url)
    if (text !== undefined) await page.evaluate(`document.documentElement.style.fontSize = '${text}'`)
    return page
  }
}

async function assertShown(read: ReadPixels, page: Awaited<ReturnType<typeof openPage>>, name: string, how: string) {
  const wanted = stateSamples.find((one) => one.name === name)?.payment.attempts.at(-1)?.qrString
  assert.ok(wanted)
  assert.equal(await read(await cutOutCode(page)), wanted, how)
}
