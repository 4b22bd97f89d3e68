import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { rawRequest } from '../support/raw-request.ts'
import { assertNothingLeaks, assertRefused, fieldsOf } from '../support/refused.ts'
import { call, startTestHub, type TestHub } from '../support/running-hub.ts'

/** Each is sent, percent-encoded, where a policy or application number is meant. */
const badNumbers: Readonly<Record<string, string>> = {
  'eleven characters': 'P1234567890',
  'very long': 'P'.repeat(8_000),
  'a blank inside': 'P1234 6789',
  'a minus sign': 'P-23456789',
  'a negative number': '-1',
  decimals: '150.001',
  Khmer: 'ស១២៣៤៥៦៧៨៩',
  'full-width digits': 'Ｐ１２３',
  'an accent': 'Pé23456789',
  'a NUL': 'P12345678\u0000',
  'a line end': 'P123456789\n',
  SQL: "'or 1=1--",
  markup: '<b>P1</b>',
  'a path': '../P12345',
  'an astral letter': '𝐏123',
}

/** Right in form, and nobody's. */
const strangeNumbers = ['NaN', '1e400', '0', '9999999999', 'null', 'undefined', 'true']

test('every parameter of every GET is checked', async (t) => {
  const hub = await startTestHub(t, { HUB_REQUESTS_PER_MINUTE: '1000' })
  const token = hub.token('bills:read khqr:create payments:read')
  const inquire = (query: string) => hub.gateway('GET', `/AMK/payments${query}`, { token })
  const khqr = (query: string) => hub.khqr('GET', `/khqr?bankCode=AMK${query}`, { token })
  const premium = (number: string) => hub.integration('GET', `/integration/premiums/${number}`, { token })

  await t.test('query and billNumber missing, empty or given twice', async () => {
    for (const query of ['', '?query=', '?query', '?Query=P123456789', '?query=P123456789&query=P123456789']) {
      const answer = await inquire(query)
      assertRefused(answer, 400, 'BAD_REQUEST')
      assert.deepEqual(fieldsOf(answer), ['query'])
    }
    for (const query of ['', '&billNumber=', '&billNumber=%20', '&billnumber=P123456789']) {
      const answer = await khqr(query)
      assertRefused(answer, 400, 'VALIDATION_ERROR')
      assert.equal(answer.json['error']?.['details']?.['billNumber'], 'Bill number is required')
    }
    assertRefused(await khqr('&billNumber=P123456789&billNumber=A10000001'), 400, 'VALIDATION_ERROR')
  })
  for (const [title, number] of Object.entries(badNumbers)) {
    await t.test(`a number with ${title}`, async () => {
      const coded = encodeURIComponent(number)
      const asked = await inquire(`?query=${coded}`)
      assertRefused(asked, 400, 'BAD_REQUEST')
      assert.deepEqual(fieldsOf(asked), ['query'])
      if (number.trim() === number) {
        const shown = await khqr(`&billNumber=${coded}`)
        assertRefused(shown, 400, 'VALIDATION_ERROR')
        assert.deepEqual(fieldsOf(shown), ['billNumber'])
      }
      if (number.length <= 200) assertRefused(await premium(coded), 400, 'BAD_REQUEST')
    })
  }
  for (const number of strangeNumbers) {
    await t.test(`${number} is nobody's number`, async () => {
      const asked = await inquire(`?query=${number}`)
      assertRefused(asked, 404, 'RESOURCE_NOT_FOUND')
      assert.equal(asked.json['error']?.['details'], `Query: ${number.toUpperCase()}`)
      assertRefused(await khqr(`&billNumber=${number}`), 404, 'RESOURCE_NOT_FOUND')
      assertRefused(await premium(number), 404, 'RESOURCE_NOT_FOUND')
    })
  }
  await t.test('both parameters missing: both are named at once', async () => {
    const answer = await hub.khqr('GET', '/khqr', { token })
    assertRefused(answer, 400, 'VALIDATION_ERROR')
    assert.deepEqual(answer.json['error']?.['details'], {
      bankCode: 'Bank code must be specified',
      billNumber: 'Bill number is required',
    })
  })
  await t.test('no merchant account in the currency of the bill', async () => {
    const answer = await khqr('&billNumber=P200000002')
    assertRefused(answer, 400, 'MERCHANT_NOT_BIND')
    assert.match(answer.text, /AMK in KHR/)
  })
  await t.test('nothing due is a 404 that says so', async () => {
    for (const answer of [await inquire('?query=P300000003'), await khqr('&billNumber=P300000003')]) {
      assertRefused(answer, 404, 'RESOURCE_NOT_FOUND')
      assert.equal(answer.json['error']?.['details'], 'Nothing is due on P300000003')
    }
  })
  await paymentIds(hub, token, t.test.bind(t))
})

const badIds = [
  '0',
  '-1',
  '150.001',
  '1e400',
  'NaN',
  'pay_1',
  '01',
  '9007199254740992',
  '9'.repeat(17),
  '9'.repeat(150),
]
const badPictures = [
  '150001.gif',
  '150001.PNG',
  '150001.png.svg',
  '150001.',
  '.png',
  '150001%20',
  '%00',
  '150001%2Fpng',
]

async function paymentIds(hub: TestHub, token: string, subtest: typeof test): Promise<void> {
  for (const id of [...badIds, ...badPictures]) {
    await subtest(`payment id ${id.slice(0, 20)}`, async () => {
      const answer = await hub.khqr('GET', `/khqr/${id}`, { token })
      assertRefused(answer, 400, 'VALIDATION_ERROR')
      assert.deepEqual(fieldsOf(answer), ['paymentId'])
    })
  }
  for (const id of ['1', '149999', '9007199254740991', '199999.png', '199999.svg']) {
    await subtest(`payment id ${id} is nobody's`, async () => {
      assertRefused(await hub.khqr('GET', `/khqr/${id}`, { token }), 404, 'RESOURCE_NOT_FOUND')
    })
  }
}

const unknownRoutes: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/'],
  ['GET', '/nowhere'],
  ['GET', '/AMK/khqr'],
  ['GET', '/AMK'],
  ['GET', '/AMK/payments/150001'],
  ['PUT', '/AMK/payments'],
  ['DELETE', '/AMK/payments'],
  ['PATCH', '/AMK/khqr'],
  ['HEAD', '/AMK/payments?query=P123456789'],
  ['OPTIONS', '/AMK/payments'],
  ['GET', '/auth/token'],
  ['POST', '/khqr'],
  ['GET', '/__proto__'],
  ['GET', '/AMK%2Fpayments?query=P123456789'],
  ['GET', '/.env'],
  ['POST', '/actuator/health'],
]

test('what no route serves is answered in the envelope', async (t) => {
  const hub = await startTestHub(t)
  const token = hub.token('bills:read khqr:create bank:AMK')
  for (const [method, path] of unknownRoutes) {
    await t.test(`${method} ${path} is a 404`, async () => {
      const answer = await hub.gateway(method, path, { token })
      if (method === 'HEAD') assert.equal(answer.status, 404)
      else assertRefused(answer, 404, 'RESOURCE_NOT_FOUND')
    })
  }
  const headers = { authorization: `Bearer ${token}`, 'x-request-id': 'sample-path' }
  for (const path of ['/%zz', '/%', '/AMK/payments%', '/%c3%28/payments?query=P123456789']) {
    await t.test(`the path ${path} cannot be read`, async () => {
      const answer = await rawRequest(hub.running.ports.gateway, 'GET', path, { headers })
      const body = JSON.parse(answer.text) as { error: { code: string }; correlationId: string }
      assert.deepEqual([answer.status, body.error.code, body.correlationId], [400, 'BAD_REQUEST', 'sample-path'])
      assert.equal(answer.headers['x-request-id'], 'sample-path')
      assertNothingLeaks(answer.text)
    })
  }
  await t.test('a part of the path longer than any id is a 404', async () => {
    const long = 'x'.repeat(2_000)
    for (const [ask, path] of [
      [hub.khqr, `/khqr/${long}`],
      [hub.gateway, `/${long}/payments`],
      [hub.integration, `/integration/premiums/${long}`],
    ] as const) {
      assertRefused(await ask('GET', path, { token }), 404, 'RESOURCE_NOT_FOUND')
    }
  })
  await t.test('headers above 16 KB and bytes that are not HTTP are a 400 in the envelope', async () => {
    const url = `http://127.0.0.1:${hub.running.ports.gateway}/AMK/payments?query=${'P'.repeat(17_000)}`
    assertRefused(await call(url, 'GET', { token }), 400, 'BAD_REQUEST')
    const said = await sayTo(hub.running.ports.gateway, 'HELO hub\r\n\r\n')
    assert.match(said, /^HTTP\/1\.1 400 Bad Request\r\n/)
    assert.match(said, /"code":"BAD_REQUEST"/)
  })
})

function sayTo(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => {
      heard += String(chunk)
    })
    socket.on('end', () => resolve(heard))
    socket.on('error', reject)
  })
}
