import assert from 'node:assert/strict'
import { test } from 'node:test'
import { becomes, makeCode, patiently, pay } from '../../../test/support/bad-day.ts'
import { startTestHub, type TestHub } from '../../../test/support/running-hub.ts'

/** PDFs for one address in a minute. */
const pdfsPerMinute = 30

test('PDFs of receipts', async (t) => {
  const hub = await startTestHub(t)
  const paths = await Promise.all(Array.from({ length: 6 }, () => paidPremium(hub)))
  const [path = ''] = paths
  let asked = 0
  const pdf = (wanted: string, language = 'en') => {
    asked += 1
    return hub.gateway('GET', `${wanted}.pdf?lang=${language}`)
  }

  await t.test(
    'while twelve are drawn, health is asked twelve times and answers each before they are done',
    async () => {
      const order: string[] = []
      const drawn = paths.flatMap((each) => ['en', 'km'].map((language) => pdf(each, language)))
      const done = Promise.all(drawn).then((answers) => {
        order.push('PDFs')
        return answers
      })
      for (let look = 0; look < drawn.length; look += 1) {
        assert.equal((await hub.gateway('GET', '/actuator/health')).status, 200)
        order.push('health')
      }
      for (const { status, text } of await done) {
        assert.equal(status, 200)
        assert.match(text, /^%PDF-/)
      }
      assert.deepEqual(order, [...drawn.map(() => 'health'), 'PDFs'])
    },
  )

  await t.test('a PDF is guarded as its page is', async () => {
    const [page, paper] = [await hub.gateway('GET', path), await pdf(path)]
    for (const name of ['content-security-policy', 'x-frame-options', 'referrer-policy', 'x-robots-tag', 'vary']) {
      assert.notEqual(page.headers.get(name), null, name)
      assert.equal(paper.headers.get(name), page.headers.get(name), name)
    }
  })

  await t.test('other methods than GET are refused, and told so', async () => {
    for (const method of ['HEAD', 'POST', 'DELETE'])
      for (const wanted of [path, `${path}.pdf`]) {
        const answer = await hub.gateway(method, wanted)
        assert.equal(answer.status, 405, `${method} ${wanted}`)
        assert.equal(answer.headers.get('allow'), 'GET')
      }
  })

  await t.test('one address has its number of PDFs in a minute; the page is still there', async () => {
    const left = pdfsPerMinute - asked
    for (let each = 0; each < left; each += 1) assert.equal((await pdf(path)).status, 200)
    const refused = await pdf(path)
    assert.equal(refused.status, 429)
    assert.match(refused.text, /data-status="trouble"/)
    assert.ok(Number(refused.headers.get('retry-after')) >= 1)
    assert.equal((await hub.gateway('GET', path)).status, 200)
  })
})

/** The path of its receipt. */
async function paidPremium(hub: TestHub): Promise<string> {
  const code = await makeCode(hub, 'AMK')
  await pay(hub, code)
  await becomes(hub, code.id, {})
  const token = hub.token('payments:read')
  const link = await patiently('the receipt', async () => {
    const { json } = await hub.gateway('GET', `/v1/payments/${code.id}`, { token })
    return typeof json['receipt_url'] === 'string' && String(json['receipt_url'])
  })
  return new URL(link).pathname
}
