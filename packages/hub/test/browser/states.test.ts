import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import type { Language } from '../../src/http/language.ts'
import { keepPicture, needsBrowser, openContext, openPage, pictureFolder, screens } from '../support/browser.ts'
import { otherPageNames } from '../support/other-pages.ts'
import { misplaced } from '../support/page-geometry.ts'
import { stateSamples } from '../support/page-states.ts'
import { plainPageNames, showStates } from '../support/show-states.ts'

// Every page a customer may see, in both languages, sizes and lights. The pictures are for whoever looks: a machine sees
// that nothing is cut off and everything can be read, not that it is beautiful.

const names = [...stateSamples.map(({ name }) => name), ...plainPageNames, ...otherPageNames]
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** What the dark changes. */
const colourRules = ['color-contrast', 'link-in-text-block']
const narrow = { width: 320, height: 640 }

for (const [language, inWords] of [
  ['km', 'Khmer'],
  ['en', 'English'],
] as const) {
  test(`in ${inWords} every page can be read by everybody, on every screen`, needsBrowser, async (t) => {
    const { surface, url } = await showStates()
    t.after(() => surface.close())
    const problems = await Promise.all([lookAtPhone(t, url, language), lookAtDesk(t, url, language)])
    assert.deepEqual(problems.flat(), [])
  })
}

async function lookAtPhone(t: TestContext, url: string, language: Language): Promise<string[]> {
  const page = await openPage(t, { ...phone, bypassCSP: true })
  const problems: string[] = []
  const pictures: Record<'light' | 'dark', Shown[]> = { light: [], dark: [] }
  for (const name of names) {
    const say = (where: string, found: readonly string[]) =>
      problems.push(...found.map((one) => `${name} (${language}, ${where}): ${one}`))
    await page.emulateMedia({ colorScheme: 'light' })
    await page.goto(`${url}/${name}?lang=${language}`)
    await page.evaluate('document.fonts.ready.then(() => {})')
    await page.evaluate(axe.source)
    say('light', await unreadable(page, { type: 'tag', values: rules }))
    say('360', await misplaced(page))
    await showAll(page)
    pictures.light.push({ name, png: await keepPicture(page, `${name}-${language}-phone`) })
    if (language === 'km') {
      // The dark changes colours, which are the same in both languages.
      await page.emulateMedia({ colorScheme: 'dark' })
      say('dark', await unreadable(page, { type: 'rule', values: colourRules }))
      pictures.dark.push({ name, png: await keepPicture(page, `${name}-${language}-phone-dark`) })
    }
    await page.setViewportSize(narrow)
    say('320', await misplaced(page))
    await page.evaluate(`document.documentElement.style.fontSize = '200%'`)
    say('320, text twice as large', await misplaced(page))
    await page.setViewportSize(screens.phone)
  }
  await keepSheet(t, `phone-${language}`, pictures.light)
  if (pictures.dark.length > 0) await keepSheet(t, `phone-${language}-dark`, pictures.dark)
  return problems
}

async function lookAtDesk(t: TestContext, url: string, language: Language): Promise<string[]> {
  const page = await openPage(t, { viewport: screens.desk })
  const problems: string[] = []
  const pictures: Shown[] = []
  for (const name of names) {
    await page.goto(`${url}/${name}?lang=${language}`)
    await page.evaluate('document.fonts.ready.then(() => {})')
    problems.push(...(await misplaced(page)).map((one) => `${name} (${language}, 1280): ${one}`))
    pictures.push({ name, png: await keepPicture(page, `${name}-${language}-desk`) })
  }
  await keepSheet(t, `desk-${language}`, pictures)
  return problems
}

const phone = { viewport: screens.phone, hasTouch: true, isMobile: true } as const

/** A picture of more than the window is taken without a finger: what only phones show would not be on it. */
async function showAll(page: Page): Promise<void> {
  const height = await page.evaluate<number>('document.documentElement.scrollHeight')
  await page.setViewportSize({ ...screens.phone, height: Math.max(screens.phone.height, height) })
}

/** What axe finds, by the rules of WCAG 2.2 AA. */
async function unreadable(page: Page, runOnly: { readonly type: 'tag' | 'rule'; readonly values: readonly string[] }) {
  const { violations } = await page.evaluate<axe.AxeResults>(`axe.run({ runOnly: ${JSON.stringify(runOnly)} })`)
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 100)).join(' | ')}`)
}

type Shown = { readonly name: string; readonly png: Buffer }

/** All of them on one sheet, small: `sheet-{name}.png`. */
async function keepSheet(t: TestContext, name: string, pictures: readonly Shown[]): Promise<void> {
  const page = await (await openContext(t, { viewport: { width: 2_000, height: 1_000 } })).newPage()
  const shown = pictures.map(
    (one) =>
      `<figure><figcaption>${one.name}</figcaption><img src="data:image/png;base64,${one.png.toString('base64')}"></figure>`,
  )
  await page.setContent(
    `<style>body{display:flex;flex-wrap:wrap;gap:12px;background:#777;font:14px sans-serif}figure{margin:0;width:235px}` +
      `img{width:100%}</style>${shown.join('')}`,
  )
  await page.screenshot({ path: `${pictureFolder}/sheet-${name}.png`, fullPage: true })
  await page.close()
}
