import type { KeyObject } from 'node:crypto'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { addressProblem } from '../../kit/address.ts'
import { readSettings, SettingsError } from '../../kit/settings.ts'
import type { Currency } from '../../money/money.ts'
import type { AccountSettings } from '../bank.ts'
import { choice, closed, switchOf, text } from '../schema-parts.ts'
import { readRsaKey } from './merchant-auth.ts'

const currency = Type.Unsafe<Currency>({ type: 'string', enum: ['USD', 'KHR'] })

/** One merchant id at PayWay, with keys of its own. */
const merchantParts = {
  'merchant-id': text('Our merchant id there. PAYWAY_MERCHANT_ID.', 'exampleshop', { pattern: '^[A-Za-z0-9_.-]+$' }),
  'api-key': text('The key that signs, as its text. PAYWAY_API_KEY.', 'example-key-not-real', { secret: true }),
  'api-key-next': Type.Optional(
    text('The key that follows: where one is refused, the other is tried, and both prove callbacks.', 'example-key-2', {
      secret: true,
    }),
  ),
  currencies: Type.Array(currency, {
    default: ['USD', 'KHR'],
    minItems: 1,
    uniqueItems: true,
    description: 'What this merchant id takes.',
  }),
  'payee-account': text('Who is paid, as every code of this merchant id names it.', 'example_shop@bank', {
    maxLength: 64,
  }),
  'payee-merchant-id': Type.Optional(
    text('The merchant id within its codes (tag 30); left out: they are those of an individual (tag 29).', 'M-1', {
      maxLength: 64,
    }),
  ),
  'callback-account': Type.Optional(
    text(
      'The last part of the path that its callbacks come to: long and random, as it names this merchant id.',
      'example-part-that-nobody-guesses',
      { secret: true, pattern: '^[A-Za-z0-9_-]{20,100}$' },
    ),
  ),
  'rsa-public-key': Type.Optional(
    text(
      "PayWay's RSA key of this merchant id, a PEM: refunds and payment links need it.",
      '-----BEGIN PUBLIC KEY-----…',
    ),
  ),
} as const

/** Settings of PayWay, under `banks.{CODE}`. */
export const paywaySchema = Type.Object(
  {
    'base-url': text(
      'Where it is; only scheme, host and port are used, so any of its addresses does. PAYWAY_API_URL.',
      'https://payway.example',
      { default: 'https://checkout.payway.com.kh' },
    ),
    'allow-plain-http': switchOf(false, 'Allows plain HTTP, and only to private addresses.'),
    ...merchantParts,
    accounts: Type.Array(Type.Object(merchantParts, closed), {
      default: [],
      description: 'More merchant ids, each with keys of its own.',
    }),
    'callback-profile': choice(
      ['default', 'raw-body'],
      'default',
      "How callbacks are signed: `default` as PayWay does (the body's values sorted by name), `raw-body` over the body as it came.",
    ),
    'callback-origin': Type.Optional(
      text(
        'Where callbacks come to us, as PayWay sees it: its domain must be white-listed there. Left out: HUB_PUBLIC_URL in live mode; else PayWay is told no address.',
        'https://pay.example',
      ),
    ),
    'replay-window-minutes': Type.Integer({
      minimum: 1,
      maximum: 1_440,
      default: 5,
      description: 'How old the `req_time` of a callback of the profile `raw-body` may be.',
      examples: [5],
    }),
    'account-on-file': switchOf(false, 'Allows operations about stored accounts. PAYWAY_FEATURE_AOF.'),
    'card-on-file': switchOf(false, 'Allows operations about stored cards. PAYWAY_FEATURE_COF.'),
    'log-all-events': switchOf(
      true,
      'Logs every callback as it is read, not only those that are refused. PAYWAY_LOG_ALL_EVENTS.',
    ),
    'writes-reference': switchOf(
      false,
      'Whether its codes carry our reference as their bill number: then it is compared before a code is shown.',
    ),
  },
  closed,
)

/** One merchant id at PayWay. */
export type Merchant = {
  readonly merchantId: string
  /** One or two, the configured order. */
  readonly apiKeys: readonly string[]
  readonly rsaKey: KeyObject | undefined
  /** The last part of the callbacks' path: a secret. */
  readonly callbackPart: string | undefined
}

export type PaywaySettings = {
  readonly code: string
  /** Scheme, host and port. */
  readonly origin: string
  /** By merchant id, which is the account number of `accounts`. */
  readonly merchants: ReadonlyMap<string, Merchant>
  readonly currencies: readonly Currency[]
  readonly accounts: readonly AccountSettings[]
  readonly callbackProfile: 'default' | 'raw-body'
  /** Scheme, host and port. */
  readonly callbackOrigin: string | undefined
  readonly replayWindowMs: number
  readonly accountOnFile: boolean
  readonly cardOnFile: boolean
  readonly logsAllEvents: boolean
  readonly writesReference: boolean
}

/** Reads `banks.{code}`. Throws `SettingsError` with everything that is wrong. */
export function readPaywaySettings(code: string, raw: unknown, mode: { readonly sandbox: boolean }): PaywaySettings {
  const where = `banks.${code}`
  const read = readSettings(paywaySchema, raw, where)
  const merchants = [read, ...read.accounts]
  const problems = [
    ...addressProblems(read, where, mode.sandbox),
    ...twice(merchants.map((one) => one['merchant-id'])).map((id) => `${where} has merchant-id "${id}" twice.`),
    ...(twice(merchants.flatMap((one) => one['callback-account'] ?? [])).length > 0
      ? [`${where} has one callback-account for two merchant ids: each needs its own.`]
      : []),
    ...merchants.flatMap((one) => merchantProblems(one, where)),
  ]
  if (problems.length > 0) throw new SettingsError(problems)
  const origin = read['callback-origin']
  return {
    code,
    origin: new URL(read['base-url']).origin,
    merchants: new Map(merchants.map((one) => [one['merchant-id'], merchantOf(one)])),
    currencies: [...new Set(merchants.flatMap((one) => one.currencies))],
    accounts: merchants.flatMap(accountsOf),
    callbackProfile: read['callback-profile'],
    callbackOrigin: origin === undefined ? undefined : new URL(origin).origin,
    replayWindowMs: read['replay-window-minutes'] * 60_000,
    accountOnFile: read['account-on-file'],
    cardOnFile: read['card-on-file'],
    logsAllEvents: read['log-all-events'],
    writesReference: read['writes-reference'],
  }
}

type Read = Static<typeof paywaySchema>
type ReadMerchant = Read['accounts'][number]

function merchantOf(read: ReadMerchant): Merchant {
  const next = read['api-key-next']
  const pem = read['rsa-public-key']
  return {
    merchantId: read['merchant-id'],
    apiKeys: next === undefined || next === read['api-key'] ? [read['api-key']] : [read['api-key'], next],
    rsaKey: pem === undefined ? undefined : readRsaKey(withLines(pem)),
    callbackPart: read['callback-account'],
  }
}

function accountsOf(read: ReadMerchant): AccountSettings[] {
  return read.currencies.map((one) => ({
    accountNumber: read['merchant-id'],
    currency: one,
    storeId: '',
    terminalId: '',
    payeeAccount: read['payee-account'],
    payeeMerchantId: read['payee-merchant-id'],
  }))
}

/** A PEM that came through one line of an environment variable. */
function withLines(pem: string): string {
  return pem.replaceAll('\\n', '\n')
}

function merchantProblems(read: ReadMerchant, where: string): string[] {
  const pem = read['rsa-public-key']
  if (pem === undefined || readRsaKey(withLines(pem))) return []
  return [`${where}: rsa-public-key of merchant-id "${read['merchant-id']}" is no RSA key in a PEM.`]
}

function addressProblems(read: Read, where: string, sandbox: boolean): string[] {
  const rules = { sandbox, allowPlainHttp: read['allow-plain-http'] }
  return (['base-url', 'callback-origin'] as const).flatMap((name) => {
    const problem = read[name] === undefined ? undefined : addressProblem(read[name], rules)
    return problem === undefined ? [] : [`${where}.${name} ${problem}.`]
  })
}

function twice(texts: readonly string[]): string[] {
  return [...new Set(texts.filter((one, place) => texts.indexOf(one) !== place))]
}
