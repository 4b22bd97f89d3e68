import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { inflateSync } from 'node:zlib'
import { answerJson, startLocalServer } from '../../src/kit/test-local-server.ts'
import { becomes, makeCode, patiently, pay } from '../support/bad-day.ts'
import { booksAgree } from '../support/books.ts'
import { type Answer, startTestHub, type TestHub } from '../support/running-hub.ts'
import { startMailServer } from '../support/mail-server.ts'
import { openTopup, payAndSaySo, readTopup, topupBank } from '../support/topups.ts'

// Whoever paid has one receipt, and is told once: premiums and top-ups.

/** Unknown links from one address in a minute. */
const guesses = 200

test('receipts and messages of customers', async (t) => {
  const mail = await startMailServer(t)
  const told = await startLocalServer((_request, response) => answerJson(response, 200, { ok: true }))
  t.after(() => told.close())
  const hub = await startTold(t, mail.url, told.url)

  await t.test('a paid premium has one receipt, in both languages, as a page and as a PDF', async () => {
    const { id, link } = await paidPremium(hub)
    const path = new URL(link).pathname
    assert.match(path, /^\/receipt\/R-\d{6}\/[\w-]{43}$/)
    const [english, khmer] = [await page(hub, `${path}?lang=en`), await page(hub, `${path}?lang=km`)]
    for (const { text } of [english, khmer]) {
      assert.match(text, new RegExp(`<dd>${id}</dd>`))
      assert.doesNotMatch(text, /<script/)
      assert.match(text, /data-status="agrees"/)
    }
    assert.match(english.text, /The bank confirmed that this money arrived/)
    assert.match(english.text, /<dt>Amount<\/dt><dd>USD [\d,.]+<\/dd>/)
    assert.match(khmer.text, /<h1>បង្កាន់ដៃ<\/h1>/)
    const first = await pdf(hub, `${path}.pdf?lang=km`)
    assert.deepEqual(await pdf(hub, `${path}.pdf?lang=km`), first)
    assert.notDeepEqual(await pdf(hub, `${path}.pdf?lang=en`), first)
  })

  await t.test('its customer is told once by each channel, under one id', async () => {
    const { id, link } = await paidPremium(hub)
    await patiently('the messages', async () => {
      const messages = await messagesOf(hub, id)
      return messages.length > 0 && messages.every((one) => one.endsWith(' sent'))
    })
    assert.deepEqual(await messagesOf(hub, id), ['email sent', 'telegram sent', 'webhook sent'])
    const mails = mail.received.filter((one) => one.includes(link))
    assert.equal(mails.length, 1, mail.received.join('\n---\n'))
    assert.match(mails[0] ?? '', /^Message-ID: <msg_[0-9a-z]{26}@hub\.example>/m)
    const hooks = told.requests.filter(({ url, body }) => url === '/hook' && body.includes(link))
    assert.equal(hooks.length, 1)
    assert.match(String(hooks[0]?.headers['webhook-signature']), /^v1,[A-Za-z0-9+/]{43}=$/)
    const chats = told.requests.filter(({ url, body }) => url.startsWith('/bot1:sample/') && body.includes(link))
    assert.equal(chats.length, 1)
    const { rows } = await hub.pool.query(
      `select channel || ' ' || recipient as line from customer_messages where payment_number = $1 union all
        select text_en from notifications where payment_number = $1`,
      [id],
    )
    assert.equal(rows.length, 4)
    assert.ok(
      rows.every(({ line }) => !/[a-z]{2,}@(?!sample)/.test(line)),
      JSON.stringify(rows),
    )
    await booksAgree(hub)
  })

  await t.test('a paid top-up has a receipt, which its page and its view name', async () => {
    const topup = await openTopup(hub)
    assert.equal((await readTopup(hub, topup.id))['receipt_url'], null)
    await payAndSaySo(hub, topup)
    const link = String((await readTopup(hub, topup.id))['receipt_url'])
    const shown = await page(hub, new URL(topup.checkout_url).pathname)
    assert.ok(shown.text.includes(link), shown.text)
    const receipt = await page(hub, `${new URL(link).pathname}?lang=en`)
    assert.match(receipt.text, /<dt>Wallet<\/dt><dd>user-/)
    assert.match(receipt.text, new RegExp(`<dd>${topupBank}</dd>`))
  })

  await t.test('a link with another letter, number or ending is no receipt', async () => {
    const { link } = await paidPremium(hub)
    const path = new URL(link).pathname
    const other = path.endsWith('A') ? 'B' : 'A'
    const strange = [
      path.slice(0, -1) + other,
      path.slice(0, -1),
      path.replace(/R-\d+/, 'R-999999'),
      path.replace(/R-0/, 'R-00'),
      `${path}x.pdf`,
    ]
    for (const wrong of strange) {
      const answer = await hub.gateway('GET', wrong)
      assert.equal(answer.status, 404, wrong)
      assert.match(answer.text, /data-status="not_found"/)
    }
  })

  await t.test('what was changed in the books is not shown: the receipt says that it does not agree', async () => {
    const { id, link } = await paidPremium(hub)
    const path = new URL(link).pathname
    await hub.pool.query('alter table receipts disable trigger receipts_keep')
    const change = (by: string) =>
      hub.pool.query(`update receipts set bank_transaction_id = ${by} where payment_number = $1`, [id])
    await change(`bank_transaction_id || '0'`)
    for (const wanted of [path, `${path}.pdf`]) {
      const answer = await hub.gateway('GET', wanted)
      assert.equal(answer.status, 409)
      assert.match(answer.text, /data-status="disagrees"/)
      assert.doesNotMatch(answer.text, /<dd>/)
    }
    await change(`left(bank_transaction_id, -1)`)
    await hub.pool.query('alter table receipts enable trigger receipts_keep')
    assert.equal((await hub.gateway('GET', path)).status, 200)
  })

  await t.test('neither receipts nor ended messages can be changed', async () => {
    for (const change of [
      'update customer_receipts set secret = mac',
      'delete from customer_receipts',
      `update customer_messages set state = 'due', ended_at = null where state = 'sent'`,
      'delete from customer_messages',
    ])
      await assert.rejects(hub.pool.query(change), /refused|keeps/, change)
  })

  await t.test('of an erased payer nothing is shown and nobody is told, and the row says so', async () => {
    mail.refuse = true
    const { id, link } = await paidPremium(hub)
    await patiently('a refusal', async () => (await lastError(hub, id)) !== null)
    await hub.pool.query('delete from payers where payment_number = $1', [id])
    mail.refuse = false
    await hub.pool.query(`update customer_messages set next_try_at = now() where state = 'due'`)
    await patiently('the end', async () => (await messagesOf(hub, id)).includes('email failed'))
    assert.match(String(await lastError(hub, id)), /erased/)
    assert.ok(mail.received.every((one) => !one.includes(link)))
    assert.doesNotMatch((await page(hub, `${new URL(link).pathname}?lang=en`)).text, /Payer/)
  })

  await t.test('many unknown links are refused', async () => {
    const guess = () => hub.gateway('GET', `/receipt/R-000001/${'A'.repeat(43)}`)
    const answers = await Promise.all(Array.from({ length: guesses + 1 }, guess))
    const refused = answers.filter((answer) => answer.status === 429)
    assert.ok(refused.length > 0)
    assert.ok(refused.every((answer) => answer.headers.get('retry-after') !== null))
  })
})

function startTold(t: TestContext, smtp: string, http: string): Promise<TestHub> {
  return startTestHub(t, {
    HUB_REQUESTS_PER_MINUTE: String(guesses),
    HUB_SMTP_URL: smtp,
    HUB_MAIL_FROM: 'receipts@hub.example',
    HUB_TELEGRAM_URL: http,
    HUB_TELEGRAM_TOKEN: '1:sample',
    HUB_TELEGRAM_CHAT: '@sample_counter',
    HUB_MESSAGES_WEBHOOK_URL: `${http}/hook`,
    HUB_MESSAGES_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  })
}

/** Its number, and the address of its receipt. */
async function paidPremium(hub: TestHub): Promise<{ id: number; link: string }> {
  const code = await makeCode(hub, 'AMK')
  await pay(hub, code)
  await becomes(hub, code.id, {})
  const token = hub.token('payments:read')
  const link = await patiently('the receipt', async () => {
    const { json } = await hub.gateway('GET', `/v1/payments/${code.id}`, { token })
    return typeof json['receipt_url'] === 'string' && String(json['receipt_url'])
  })
  return { id: code.id, link }
}

async function page(hub: TestHub, path: string): Promise<Answer> {
  const answer = await hub.gateway('GET', path)
  assert.equal(answer.status, 200, answer.text)
  assert.match(String(answer.headers.get('content-type')), /^text\/html/)
  return answer
}

/** A PDF that opens: its pages are there, and what is drawn on them can be unpacked. */
async function pdf(hub: TestHub, path: string): Promise<Buffer> {
  const answer = await fetch(`http://127.0.0.1:${hub.running.ports.gateway}${path}`)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'application/pdf')
  const bytes = Buffer.from(await answer.arrayBuffer())
  const text = bytes.toString('latin1')
  assert.match(text, /^%PDF-1\.7\n/)
  assert.match(text, /%%EOF\n?$/)
  assert.match(text, /\/Count 1\b/)
  const [, content = ''] = /FlateDecode\n>>\nstream\n([^]*?)\nendstream/.exec(text) ?? []
  assert.match(inflateSync(Buffer.from(content, 'latin1')).toString('latin1'), /BT\n[^]*Tj|TJ/)
  return bytes
}

async function messagesOf(hub: TestHub, id: number): Promise<string[]> {
  const { rows } = await hub.pool.query(
    `select channel || ' ' || state as line from customer_messages where payment_number = $1 order by channel`,
    [id],
  )
  return rows.map(({ line }) => String(line))
}

async function lastError(hub: TestHub, id: number): Promise<string | null> {
  const { rows } = await hub.pool.query(
    `select last_error from customer_messages where payment_number = $1 and channel = 'email'`,
    [id],
  )
  return rows[0]?.last_error ?? null
}
