import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeCode } from '../support/bad-day.ts'
import { rawRequest } from '../support/raw-request.ts'
import { startTestHub, type TestHub } from '../support/running-hub.ts'

const object = (id: unknown, bank: unknown) => JSON.stringify({ id, bank })
const coded = (id: unknown, bank: unknown) => encodeURIComponent(object(id, bank))

/** Sent byte by byte as written here: each means one bank. */
function spellingsOf(code: string, id: number): Readonly<Record<string, string>> {
  const low = code.toLowerCase()
  return {
    'the bare code': `bankCode=${code}`,
    'the bare code in lower case': `bankCode=${low}`,
    'the bare code in mixed case': `bankCode=${code.slice(0, 1)}${low.slice(1)}`,
    'the numeric id': `bankCode=${id}`,
    'raw JSON': `bankCode=${object(code, code)}`,
    'percent-encoded JSON': `bankCode=${coded(code, code)}`,
    'percent-encoded in lower case hex': `bankCode=${coded(code, code).toLowerCase()}`,
    'JSON with plus signs for blanks': `bankCode={"id":+"${code}",+"bank":+"${code}"}`,
    'JSON in lower case': `bankCode=${coded(low, low)}`,
    'JSON with the id only': `bankCode=%7B%22id%22%3A%22${code}%22%7D`,
    'JSON with the bank only': `bankCode=%7B%22bank%22%3A%22${code}%22%7D`,
    'JSON with the numeric id as number': `bankCode=${coded(id, code)}`,
    'JSON with the numeric id as text': `bankCode=${coded(String(id), code)}`,
    'JSON with null beside the code': `bankCode=${coded(null, code)}`,
    'JSON with a property nobody knows': `bankCode=%7B%22id%22%3A%22${code}%22%2C%22name%22%3A%22x%22%7D`,
    brackets: `bankCode[id]=${code}&bankCode[bank]=${code}`,
    'percent-encoded brackets': `bankCode%5Bid%5D=${code}&bankCode%5Bbank%5D=${code}`,
    'one bracket': `bankCode[id]=${code}`,
    dots: `bankCode.id=${code}&bankCode.bank=${code}`,
    'one dot': `bankCode.bank=${code}`,
    'a numeric id in brackets': `bankCode[id]=${id}&bankCode[bank]=${id}`,
    'a numeric id in brackets beside the code': `bankCode[id]=${id}&bankCode[bank]=${code}`,
    'two spellings that agree': `bankCode=${code}&bankCode.id=${id}`,
  }
}

/** Active banks and their numeric ids. */
const good: Readonly<Record<string, number>> = { AMK: 4, BANK01: 1, BANK02: 2 }

const disagree: Readonly<Record<string, string>> = {
  'raw JSON': `bankCode=${object('AMK', 'BANK01')}`,
  'percent-encoded JSON': `bankCode=${coded('AMK', 'BANK01')}`,
  brackets: 'bankCode[id]=AMK&bankCode[bank]=BANK01',
  dots: 'bankCode.id=AMK&bankCode.bank=BANK01',
  'a numeric id': `bankCode=${coded(4, 'BANK01')}`,
  'an unknown bank beside a known one': `bankCode=${coded('NOBANK', 'AMK')}`,
  'an inactive bank beside an active one': `bankCode=${coded('BANK03', 'AMK')}`,
  'the same name twice': 'bankCode=AMK&bankCode=BANK01',
}

const unreadable: Readonly<Record<string, string>> = {
  'half a JSON object': 'bankCode={"id":"AMK"',
  'single quotes': "bankCode={'id':'AMK','bank':'AMK'}",
  'a JSON list': 'bankCode=["AMK"]',
  'a list inside': 'bankCode={"id":["AMK"],"bank":["AMK"]}',
  'an object inside': 'bankCode={"id":{"id":"AMK"}}',
  'a fraction as id': 'bankCode={"id":1.5}',
  'true as id': 'bankCode={"id":true}',
  'quotes around the code': 'bankCode="AMK"',
  'a negative id': 'bankCode=-1',
  'a blank inside': 'bankCode=BANK%2001',
  'a percent sign too much': 'bankCode=%25AMK',
  'a NUL': 'bankCode=AMK%00',
  SQL: "bankCode=AMK';select%201",
  'longer than any code': `bankCode=${'A'.repeat(21)}`,
  'very long': `bankCode=${'A'.repeat(8_000)}`,
  'Khmer digits': `bankCode=${encodeURIComponent('១')}`,
  'bytes that are not UTF-8': 'bankCode=%ff%fe',
}

const missing: Readonly<Record<string, string>> = {
  'no parameter': '',
  'an empty parameter': 'bankCode=',
  blanks: 'bankCode=%20%20',
  'an empty object': 'bankCode={}',
  'an object of nulls': 'bankCode={"id":null,"bank":null}',
  'an object of empty texts': 'bankCode={"id":"","bank":""}',
  'empty brackets': 'bankCode[id]=&bankCode[bank]=',
  'brackets around something else': 'bankCode[name]=AMK',
  'a prototype': 'bankCode[__proto__]=AMK&bankCode.__proto__=AMK',
  'the name in another case': 'bankcode=AMK',
}

const unknown: Readonly<Record<string, string>> = {
  'an unknown code': 'bankCode=NOBANK',
  'an unknown numeric id': 'bankCode=99',
  'a numeric id with a zero before it': 'bankCode=01',
  'an unknown bank in JSON': `bankCode=${coded('NOBANK', 'NOBANK')}`,
  'an inactive bank': 'bankCode=BANK03',
  'an inactive bank by its number': 'bankCode=3',
  'an inactive bank in JSON': `bankCode=${coded('BANK03', 'BANK03')}`,
  'a name every object has': 'bankCode=constructor',
}

test('bankCode is read in every spelling, and never guessed', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '1000' })
  const bill = await hub.bill()
  const ask = askAs(hub, bill)
  for (const [code, id] of Object.entries(good)) {
    const { qrString } = await makeCode(hub, code, bill)
    for (const [title, query] of Object.entries(spellingsOf(code, id))) {
      await t.test(`read as ${code}: ${title}`, async () => {
        const answer = await ask(query)
        assert.equal(answer.status, 200, answer.text)
        assert.equal((answer.data as { qrString: string }).qrString, qrString)
      })
    }
  }
  for (const [title, query] of Object.entries(disagree)) {
    await t.test(`id and bank disagree: ${title}`, async () => {
      const answer = await ask(query)
      assert.deepEqual([answer.status, answer.code], [400, 'VALIDATION_ERROR'], answer.text)
      assert.match(answer.details['bankCode'] ?? '', /disagree/)
    })
  }
  for (const [title, query] of Object.entries(unreadable)) {
    await t.test(`refused: ${title}`, async () => {
      const answer = await ask(query)
      assert.deepEqual([answer.status, answer.code], [400, 'VALIDATION_ERROR'], answer.text)
      assert.deepEqual(Object.keys(answer.details), ['bankCode'])
    })
  }
  for (const [title, query] of Object.entries(missing)) {
    await t.test(`missing: ${title}`, async () => {
      const answer = await ask(query)
      assert.deepEqual([answer.status, answer.code], [400, 'VALIDATION_ERROR'], answer.text)
      assert.deepEqual(answer.details, { bankCode: 'Bank code must be specified' })
    })
  }
  for (const [title, query] of Object.entries(unknown)) {
    await t.test(`not found: ${title}`, async () => {
      const answer = await ask(query)
      assert.deepEqual([answer.status, answer.code], [404, 'BANK_NOT_FOUND'], answer.text)
    })
  }
})

function askAs(hub: TestHub, bill: string) {
  const headers = { authorization: `Bearer ${hub.token('khqr:create')}` }
  return async (query: string) => {
    const path = `/khqr?${query}${query === '' ? '' : '&'}billNumber=${bill}`
    const { status, text } = await rawRequest(hub.running.ports.khqr, 'GET', path, { headers })
    const { data, error } = JSON.parse(text) as { data?: unknown; error?: { code: string; details: object } }
    return { status, text, data, code: error?.code, details: { ...error?.details } as Record<string, string> }
  }
}
