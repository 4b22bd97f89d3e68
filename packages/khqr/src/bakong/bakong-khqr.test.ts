import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mock, test } from 'node:test'
import { seal } from '../code/encode.ts'
import { type Vector, vectors } from '../../test/vectors.ts'
import { BakongKHQR, IndividualInfo, khqrData, MerchantInfo, SourceInfo } from './index.ts'

for (const vector of vectors.filter(({ quirk }) => quirk === undefined)) {
  test(`answers as bakong-khqr 1.0.20: ${vector.id}, ${vector.kind}, ${vector.group}`, () => {
    assert.equal(JSON.stringify(answerTo(vector)), JSON.stringify(vector.output ?? vector.error))
  })
}

for (const vector of vectors.filter(({ quirk }) => quirk !== undefined)) {
  test(`answers where bakong-khqr does not: ${vector.id}, ${vector.kind}, ${vector.group}`, () => {
    const answer = answerTo(vector)
    if (vector.kind === 'verify') assert.deepEqual(answer, { isValid: false })
    else assert.ok(answer)
  })
}

/** With the clock at the vector's time, as the official SDK reads it. */
function answerTo({ kind, input, now }: Vector): unknown {
  mock.timers.enable({ apis: ['Date'], now })
  try {
    if (kind === 'decode') return BakongKHQR.decode(input.qr).data
    if (kind === 'verify') return { ...BakongKHQR.verify(input.qr) }
    const { status, data } = generate(input)
    return status.code === 0 ? data : { code: status.errorCode, message: status.message }
  } finally {
    mock.timers.reset()
  }
}

function generate(input: Vector['input']) {
  const { bakongAccountID: account, merchantName: name, merchantCity: city, merchantID, acquiringBank } = input
  return input.type === 'individual'
    ? new BakongKHQR().generateIndividual(new IndividualInfo(account, name, city, input.optional))
    : new BakongKHQR().generateMerchant(
        new MerchantInfo(account, name, city, merchantID, acquiringBank, input.optional),
      )
}

const lies: Record<string, [optional: ConstructorParameters<typeof IndividualInfo>[3], errorCode: number]> = {
  'an amount that is no number': [{ currency: khqrData.currency.usd, amount: 'abc' }, 4],
  'an amount with separators': [{ currency: khqrData.currency.usd, amount: '1,000' }, 4],
  'a name without its language': [{ merchantNameAlternateLanguage: 'ហាង' }, 37],
  'labels longer than their template': [
    {
      billNumber: 'x'.repeat(25),
      storeLabel: 'x'.repeat(25),
      terminalLabel: 'x'.repeat(25),
      mobileNumber: '8'.repeat(25),
    },
    8,
  ],
}
for (const [what, [optional, errorCode]] of Object.entries(lies)) {
  test(`refuses ${what}, for which the official SDK answers code 0`, () => {
    const information = new IndividualInfo('rith@devb', 'Rith Store', 'Phnom Penh', optional)
    const { status, data } = new BakongKHQR().generateIndividual(information)
    assert.deepEqual([status.code, status.errorCode, data], [1, errorCode, null])
  })
}

test('calls nothing valid without saying what is odd about it', () => {
  const abroad = '00020101021129130009rith@devb5204599953031165802TH5910Rith Store6010Phnom Penh6304'
  const verdict = BakongKHQR.verify(seal(abroad).qr)
  assert.equal(verdict.isValid, true)
  assert.deepEqual(
    verdict.reasons.map(({ name }) => name),
    ['COUNTRY_INVALID'],
  )
})

test('reads a vendor template inside another of any scheme', () => {
  const { data } = BakongKHQR.decodeNonKhqr('000201622601020068160012PAYWAY@TEST1')
  assert.deepEqual(data, { '00': '01', '62': { '01': '00', '68': { '00': 'PAYWAY@TEST1' } } })
})

/** A Bakong Open API that answers what it is told to, and keeps what it was asked. */
async function withOpenApi(
  reply: { status: number; body: string },
  work: (base: string, asked: unknown[]) => Promise<void>,
): Promise<void> {
  const asked: unknown[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      asked.push(JSON.parse(body))
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked)
  } finally {
    server.close()
  }
}

const staticCode = '00020101021129130009rith@devb5204599953031165802KH5910Rith Store6010Phnom Penh6304F3F1'

test('asks for a deep link with the code and its source', async () => {
  const source = new SourceInfo('https://shop.example/icon.png', 'Shop', 'https://shop.example/back')
  const body = JSON.stringify({ responseCode: 0, errorCode: null, data: { shortLink: 'https://link.example/abc' } })
  await withOpenApi({ status: 200, body }, async (base, asked) => {
    const { data } = await BakongKHQR.generateDeepLink(`${base}/v1/generate_deeplink_by_qr`, staticCode, source)
    assert.deepEqual(data, { shortLink: 'https://link.example/abc' })
    assert.deepEqual(asked, [{ qr: staticCode, sourceInfo: { ...source } }])
  })
})

const deepLinkRefusals: [what: string, reply: { status: number; body: string }, errorCode: number][] = [
  ['a source the API refuses', { status: 200, body: '{"responseCode":1,"errorCode":5}' }, 14],
  ["the API's own trouble", { status: 200, body: '{"responseCode":1,"errorCode":4}' }, 15],
  ['a page of HTML', { status: 403, body: '<html>' }, 13],
]
for (const [what, reply, errorCode] of deepLinkRefusals) {
  test(`answers ${errorCode} to ${what}`, () =>
    withOpenApi(reply, async (base) => {
      const { status } = await BakongKHQR.generateDeepLink(`${base}/v1/generate_deeplink_by_qr`, staticCode)
      assert.equal(status.errorCode, errorCode)
    }))
}

test('asks for no deep link at another path, for a bad code, or with half a source', async () => {
  const url = 'http://127.0.0.1:9/v1/generate_deeplink_by_qr'
  const answers = [
    await BakongKHQR.generateDeepLink('http://127.0.0.1:9/v1/other', staticCode),
    await BakongKHQR.generateDeepLink(url, `${staticCode} `),
    await BakongKHQR.generateDeepLink(url, staticCode, new SourceInfo('https://shop.example/icon.png', 'Shop')),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status.errorCode),
    [29, 8, 14],
  )
})

const accountReplies: [body: string, answer: unknown][] = [
  ['{"responseCode":0,"errorCode":null}', { bakongAccountExisted: true }],
  ['{"responseCode":1,"errorCode":11}', { bakongAccountExisted: false }],
  ['{"responseCode":1,"errorCode":12}', 3],
  ['{"responseCode":1,"errorCode":6}', 15],
]
for (const [body, expected] of accountReplies) {
  test(`takes ${body} for ${JSON.stringify(expected)} when asked for an account`, () =>
    withOpenApi({ status: 200, body }, async (base) => {
      const { status, data } = await BakongKHQR.checkBakongAccount(`${base}/v1/check_bakong_account`, 'rith@devb')
      assert.deepEqual(data ?? status.errorCode, expected)
    }))
}
