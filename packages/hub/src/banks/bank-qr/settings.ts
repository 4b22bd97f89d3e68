import { Type } from 'typebox'
import type { Static } from 'typebox'
import { addressProblem } from '../../kit/address.ts'
import { readSettings, SettingsError } from '../../kit/settings.ts'
import { defaultSignatureProfile, signatureChoices } from '../../kit/sign.ts'
import type { SignatureProfile } from '../../kit/sign.ts'
import type { Currency } from '../../money/money.ts'
import type { AccountSettings, Capabilities } from '../bank.ts'
import { readRefundSettings, refundCapabilities, refundSchema } from './refund-settings.ts'
import type { RefundSettings } from './refund-settings.ts'
import { choice, closed, path, switchOf, text, words } from '../schema-parts.ts'
import { comparable } from './words.ts'

const currency = Type.Unsafe<Currency>({ type: 'string', enum: ['USD', 'KHR'] })

const account = {
  'merchant-id': text('Our merchant number at the bank (`merchantId`, `merchant_number`).', '900000000000001'),
  'store-id': text('Our store number at the bank.', '800000000000001'),
  'terminal-id': text('Our terminal number at the bank.', '70000001'),
  currency: Type.Union([currency, Type.Array(currency, { minItems: 1 })], {
    description: 'Currency of the account, or a list where one number takes several.',
    examples: ['USD'],
  }),
  'payee-account': text('The account every code must pay (KHQR tag 29 or 30, sub-tag 00).', 'example@bank'),
  'payee-merchant-id': Type.Optional(text('The merchant id every code must name (tag 30, sub-tag 01).', 'M-0001')),
}

/** Settings of one bank of this shape, under `banks.{CODE}`. The names are those of the banks' own documents. */
export const bankQrSchema = Type.Object(
  {
    base_url: text("Where the bank's API begins, for log-in and codes.", 'https://bank.example/api'),
    'verify-payment-url': Type.Optional(
      text('Whole address of the verify call. Left out: this bank cannot be asked.', 'https://bank.example/verify'),
    ),
    'allow-plain-http': switchOf(false, 'Allows plain HTTP, and only to private addresses.'),
    ...account,
    accounts: Type.Array(Type.Object(account, closed), {
      default: [],
      description: 'Further accounts of ours at this bank.',
    }),
    'secret-key': Type.Optional(
      text('Key of the `hash` of the verify call.', 'example-key-not-real', { secret: true }),
    ),
    auth: Type.Object(
      {
        endpoint: path('/auth/token', 'Path of the log-in call under `base_url`.'),
        username: text('Our username, or client id.', 'example-user'),
        password: text('Our password, or client secret.', 'example-password', { secret: true }),
        style: choice(
          ['json-password', 'form-client-credentials'],
          'json-password',
          'How the log-in is sent: JSON `{username, password}`, or an OAuth client-credentials form.',
        ),
      },
      { ...closed, default: {} },
    ),
    signature: Type.Object(
      {
        order: choice(signatureChoices.order, defaultSignatureProfile.order, 'Fields as sent, or sorted by name.'),
        join: choice(signatureChoices.join, defaultSignatureProfile.join, 'What stands between the values.'),
        key: choice(signatureChoices.key, defaultSignatureProfile.key, 'Key as text, or Base64 to be decoded.'),
        output: choice(signatureChoices.output, defaultSignatureProfile.output, 'How the signature is written.'),
        timestamp: choice(signatureChoices.timestamp, defaultSignatureProfile.timestamp, 'Unit of `timestamp`.'),
      },
      { ...closed, default: {}, description: 'Recipe of the `hash`, to be agreed with the bank.' },
    ),
    'qr-endpoint': path('/qr/generator', 'Path of the call that makes a code, under `base_url`.'),
    'health-endpoint': path('/health', 'Path asked to see whether the bank answers at all, under `base_url`.'),
    'qr-fields': words(
      [
        'qrString',
        'khqr',
        'qrCode',
        'qr',
        'image',
        'data.qrString',
        'data.khqr',
        'data.qrCode',
        'data.qr',
        'data.image',
        'data',
      ],
      'Where a JSON answer holds the code, first match wins: KHQR text, Base64 or data URI.',
    ),
    'deeplink-fields': words([], 'Where a JSON answer holds the link that opens the banking app.'),
    'bank-reference-fields': words([], "Where a JSON answer holds the bank's own number for the code."),
    verify: Type.Object(
      {
        status: path('status', 'Path of the status word in the verify answer.'),
        reference: path('txId', 'Path of our reference; compared where present.'),
        merchant: path('merchantId', 'Path of our merchant number; compared where present.'),
        currency: path('currency', 'Path of the currency of all movements.'),
        amount: path('amount', 'Path of the amount, where no movements are listed.'),
        'paid-at': path('paidDate', 'Path of the time, where no movements are listed.'),
        movements: path('payments', 'Path of the list of movements.'),
        'movement-id': path('transactionId', "Path of the bank's transaction id within a movement."),
        'movement-amount': path('amount', 'Path of the amount within a movement.'),
        'movement-currency': path('currency', 'Path of the currency within a movement, where each has its own.'),
        'movement-paid-at': path('paidDate', 'Path of the time within a movement.'),
        'movement-status': path(
          'status',
          'Path of the status word within a movement; where present it must be a success or a reversed word.',
        ),
        'movement-payer': path('payer', "Path of the payer's name within a movement."),
        'success-words': words(['SUCCESS'], 'Status words that mean paid. Any other word is a question.'),
        'unpaid-words': words(['PENDING'], 'Status words that mean not paid yet.'),
        'not-found-words': words(['NOT_FOUND'], 'Status words that mean the reference is unknown.'),
        'reversed-words': words(
          ['REVERSED'],
          'Status words, of a movement or of all of them, that mean the bank took the money back.',
        ),
      },
      { ...closed, default: {} },
    ),
    refund: refundSchema,
    'notice-success-words': words(['SUCCESS'], "Words of the notice's `status` that claim a payment."),
    'time-zone': Type.String({
      default: '+07:00',
      pattern: '^[+-](0\\d|1[0-4]):[0-5]\\d$',
      description: 'Offset of times that the bank sends without one.',
    }),
    'writes-reference': switchOf(false, 'Whether its codes carry our reference as bill number, to be compared.'),
  },
  closed,
)

export type BankQrSettings = {
  readonly code: string
  readonly loginUrl: string
  readonly loginStyle: 'json-password' | 'form-client-credentials'
  readonly username: string
  readonly password: string
  readonly qrUrl: string
  readonly qrFields: readonly string[]
  readonly deeplinkFields: readonly string[]
  readonly bankReferenceFields: readonly string[]
  /** Undefined where this bank cannot be asked. */
  readonly verify: VerifySettings | undefined
  /** Undefined where this bank refunds nothing by machine. */
  readonly refund: RefundSettings | undefined
  readonly noticeSuccessWords: readonly string[]
  readonly healthUrl: string
  readonly capabilities: Capabilities
  readonly accounts: readonly AccountSettings[]
}

export type VerifySettings = {
  readonly url: string
  readonly secretKey: string
  readonly signature: SignatureProfile
  readonly answer: Static<typeof bankQrSchema>['verify']
}

/** Reads `banks.{code}`. Throws `SettingsError` with everything that is wrong. */
export function readBankQrSettings(code: string, raw: unknown, mode: { readonly sandbox: boolean }): BankQrSettings {
  const where = `banks.${code}`
  const read = readSettings(bankQrSchema, raw, where)
  refuseContradictions(read, where, mode.sandbox)
  const base = read.base_url.replace(/\/+$/, '')
  const verifyUrl = read['verify-payment-url']
  const accounts = [read, ...read.accounts].flatMap(accountsOf)
  return {
    code,
    loginUrl: base + read.auth.endpoint,
    loginStyle: read.auth.style,
    username: read.auth.username,
    password: read.auth.password,
    qrUrl: base + read['qr-endpoint'],
    qrFields: read['qr-fields'],
    deeplinkFields: read['deeplink-fields'],
    bankReferenceFields: read['bank-reference-fields'],
    verify:
      verifyUrl === undefined
        ? undefined
        : { url: verifyUrl, secretKey: read['secret-key'] ?? '', signature: read.signature, answer: read.verify },
    refund: readRefundSettings(read.refund, base),
    noticeSuccessWords: read['notice-success-words'],
    healthUrl: base + read['health-endpoint'],
    capabilities: capabilitiesOf(read, accounts),
    accounts,
  }
}

type Read = Static<typeof bankQrSchema>

function capabilitiesOf(read: Read, accounts: readonly AccountSettings[]): Capabilities {
  return {
    createsQr: true,
    deeplink: read['deeplink-fields'].length > 0,
    reference: 'payment',
    repeatsReference: true,
    verify: read['verify-payment-url'] === undefined ? 'never' : 'by_reference',
    callsAreCounted: false,
    network: undefined,
    verifiesBillPayments: false,
    listsAllMovements: true,
    cancel: 'never',
    ...refundCapabilities(read.refund),
    webhook: 'unsigned',
    writesReference: read['writes-reference'],
    currencies: [...new Set(accounts.map((one) => one.currency))],
    timeZoneOffset: read['time-zone'],
    late: 'unknown',
  }
}

function accountsOf(read: Pick<Read, keyof typeof account>): AccountSettings[] {
  const list = typeof read.currency === 'string' ? [read.currency] : read.currency
  return list.map((one) => ({
    accountNumber: read['merchant-id'],
    currency: one,
    storeId: read['store-id'],
    terminalId: read['terminal-id'],
    payeeAccount: read['payee-account'],
    payeeMerchantId: read['payee-merchant-id'],
  }))
}

function refuseContradictions(read: Read, where: string, sandbox: boolean): void {
  const problems: string[] = []
  for (const name of ['base_url', 'verify-payment-url'] as const) {
    const address = read[name]
    const problem = address && addressProblem(address, { sandbox, allowPlainHttp: read['allow-plain-http'] })
    if (problem) problems.push(`${where}.${name} ${problem}.`)
  }
  for (const [name, part] of [
    ['auth.endpoint', read.auth.endpoint],
    ['qr-endpoint', read['qr-endpoint']],
    ['health-endpoint', read['health-endpoint']],
    ['refund.path', read.refund.path ?? '/'],
  ]) {
    if (!part?.startsWith('/')) problems.push(`${where}.${name} is "${part}": it must begin with a slash.`)
  }
  problems.push(...ambiguousWords(read.verify, `${where}.verify`), ...ambiguousWords(read.refund, `${where}.refund`))
  const key = read['secret-key']
  if (read['verify-payment-url'] !== undefined && key === undefined) {
    problems.push(`${where}.secret-key is missing, and verify-payment-url needs it to sign.`)
  }
  if (key !== undefined && read.signature.key === 'base64' && !/^[A-Za-z0-9+/_-]+={0,2}$/.test(key)) {
    problems.push(`${where}.secret-key is not Base64, and signature.key says it is.`)
  }
  if (problems.length > 0) throw new SettingsError(problems)
}

/** One word with two meanings would let their order in the code decide what happens to money. */
function ambiguousWords(settings: Readonly<Record<string, unknown>>, where: string): string[] {
  const names = Object.keys(settings).filter((name) => name.endsWith('-words'))
  const uses = names.sort().flatMap((name) => {
    const list = settings[name] as readonly string[]
    return [...new Set(list.map(comparable))].map((word) => ({ name, word }))
  })
  return [...Map.groupBy(uses, ({ word }) => word)].flatMap(([word, found]) => {
    const [first, second] = found
    if (!first || !second) return []
    return [`${where}.${second.name} has "${word}", and so has ${first.name}: a word can mean one thing only.`]
  })
}
