import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, patiently, pay } from '../support/bad-day.ts'
import { needsBrowser, openPage } from '../support/browser.ts'
import { listenOn, openPremium, says } from '../support/hosted-page.ts'
import { startWithCallsToSpare } from '../support/topups.ts'

test('on a slow line, news that comes while an older page is on its way is shown after it', needsBrowser, async (t) => {
  const hub = await startWithCallsToSpare(t)
  const code = await openPremium(hub, 'BANK01')
  const page = await openPage(t)
  await listenOn(page, code.url)
  const arrives = Promise.withResolvers<void>()
  let fetched = 0
  await page.route(
    (url) => url.href === code.url,
    async (route) => {
      const response = await route.fetch()
      const body = await response.body()
      fetched += 1
      if (fetched === 1) await arrives.promise
      await route.fulfill({ response, body })
    },
  )
  await hub.pool.query("update banks set active = false where code = 'BANK01'")
  await patiently('the page of the switched off bank to be on its way', () => Promise.resolve(fetched === 1))
  await pay(hub, code)
  await becomes(hub, code.id, {})
  // What its stream said of the money has come long before the older page.
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  assert.equal(fetched, 1)
  arrives.resolve()
  await says(page, 'paid')
})
