import { anotherAmount, isCurrencyCode, plainAmount } from './amounts.ts'
import { jsonAnswer, jsonObject } from './answers.ts'
import type { Book } from './book.ts'
import type { Code } from './book-records.ts'
import { writeKhqr } from './khqr-string.ts'
import type { AcceptsToken } from './login.ts'
import { qrPicture } from './picture.ts'
import type { Answer, Fault, Ports, Route, RouteRequest } from './ports.ts'
import type { BankQrSimulatorSettings, SimulatedAccount } from './settings.ts'

const codeLifeMs = 15 * 60_000
/** Insurance sales and underwriting, ISO 18245. */
const merchantCategoryCode = '6300'
const strangerAccount = 'somebody.else@wrng'
const numericCurrency = { USD: '840', KHR: '116' }

type Bank = { code: string; settings: BankQrSimulatorSettings; book: Book; ports: Ports; acceptsToken: AcceptsToken }

/** `POST /qr/generator`: makes a code for a bill number. Asked again for the same number, it makes another one. */
export function playQrGenerator(bank: Bank): Route {
  return {
    operation: 'qr',
    method: 'POST',
    path: bank.settings.paths?.qr ?? `${bank.settings.basePath}/qr/generator`,
    handle: (request) => generate(bank, request),
  }
}

function generate(bank: Bank, request: RouteRequest): Answer {
  if (!bank.acceptsToken(request)) return jsonAnswer(401, { error: 'invalid_token' })
  const order = readOrder(bank.settings.accounts, request.body)
  if ('problem' in order) return jsonAnswer(400, { status: 'INVALID_REQUEST', message: order.problem })
  const { account, billNumber, payer } = order
  const amount = request.fault?.kind === 'wrong-qr' ? wrongAmount(order, request.fault) : order.amount
  const stranger = request.fault?.kind === 'wrong-payee'
  const nowMs = bank.ports.nowMs()
  const qr = writeKhqr({
    account: stranger ? strangerAccount : account.payeeAccount,
    merchantId: account.payeeMerchantId,
    acquiringBank: bank.code,
    merchantCategoryCode,
    currencyNumber: numericCurrency[account.currency],
    amount,
    merchantName: account.merchantName,
    city: account.city,
    billNumber,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + codeLifeMs,
  })
  const { merchantId, currency } = account
  const code: Code = { billNumber, merchantId, currency, amount, payer, qr }
  bank.book.addCode(code)
  return qrAnswer(qr, bank.settings.qrForm)
}

type Order = { account: SimulatedAccount; amount: string; billNumber: string; payer: string }

function readOrder(accounts: readonly SimulatedAccount[], body: Buffer): Order | { problem: string } {
  const order = jsonObject(body)
  if (!order) return { problem: 'the body is not a JSON object' }
  const { merchantId, currency, billNumber, payer } = order
  if (typeof merchantId !== 'string') return { problem: 'merchantId must be text' }
  if (!isCurrencyCode(currency)) return { problem: `currency ${String(currency)} is neither USD nor KHR` }
  const account = accounts.find((one) => one.merchantId === merchantId && one.currency === currency)
  if (!account) return { problem: `merchant ${merchantId} has no ${currency} account` }
  const amount = plainAmount(order['amount'], currency)
  if (amount === undefined) return { problem: `amount ${String(order['amount'])} is not an amount in ${currency}` }
  if (typeof billNumber !== 'string' || !/^[\x20-\x7e]{1,25}$/.test(billNumber)) {
    return { problem: 'billNumber must be 1 to 25 characters' }
  }
  if (typeof payer !== 'string' || payer === '') return { problem: 'payer must be text' }
  return { account, amount, billNumber, payer }
}

function wrongAmount(order: Order, fault: Fault): string {
  const chosen = plainAmount(fault.value, order.account.currency)
  return chosen ?? anotherAmount(order.amount, order.account.currency)
}

function qrAnswer(qr: string, form: BankQrSimulatorSettings['qrForm']): Answer {
  switch (form) {
    case 'png':
      return { status: 200, contentType: 'image/png', body: qrPicture(qr) }
    case 'json':
      return jsonAnswer(200, { qrCode: qrPicture(qr).toString('base64') })
    case 'data-uri':
      return {
        status: 200,
        contentType: 'text/plain',
        body: `data:image/png;base64,${qrPicture(qr).toString('base64')}`,
      }
    case 'khqr':
      return { status: 200, contentType: 'text/plain; charset=utf-8', body: qr }
  }
}
