import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import type { PageState } from '../../src/http/checkout/page-state.ts'
import { type Code, makeCode } from './bad-day.ts'
import type { TestHub } from './running-hub.ts'

/** A premium with a code of a bank, and the page it is paid on. */
export type Hosted = Code & { readonly url: string }

export async function openPremium(hub: TestHub, bank = 'AMK'): Promise<Hosted> {
  const code = await makeCode(hub, bank, { amount: '25.00' })
  const answer = await hub.khqr('GET', `/khqr/${code.id}`, { token: hub.token('payments:read') })
  return { ...code, url: String(answer.json['data']?.['checkout_url']) }
}

/** Waits until the page says so. */
export async function says(page: Page, state: PageState): Promise<void> {
  await page
    .locator(`html[data-state="${state}"]`)
    .waitFor({ state: 'attached', timeout: 60_000 })
    .catch(async (error: unknown) => {
      assert.fail(
        `The page is ${await page.locator('html').getAttribute('data-state')}, not ${state}: ${String(error)}`,
      )
    })
}

/** Opens it and waits until it listens: from then on it hears of its payment by its stream alone. */
export async function listenOn(page: Page, url: string): Promise<void> {
  const opened = page.waitForResponse((response) => response.url().endsWith('/live'))
  await page.goto(url)
  assert.equal((await opened).status(), 200)
  await says(page, 'ready')
}

/** A word that a page which is loaded again has forgotten. */
export const remember = 'window.notLoadedAgain = true'
export const isRemembered = 'window.notLoadedAgain === true'
