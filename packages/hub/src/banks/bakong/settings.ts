import { KhqrError } from '@khqr-hub/khqr'
import { Type } from 'typebox'
import type { Static } from 'typebox'
import { addressProblem, isLoopbackHost } from '../../kit/address.ts'
import { readSettings, SettingsError } from '../../kit/settings.ts'
import type { Currency } from '../../money/money.ts'
import type { AccountSettings, DeeplinkSource } from '../bank.ts'
import { closed, switchOf, text } from '../schema-parts.ts'
import { writeCode } from './write-code.ts'
import type { MerchantFace } from './write-code.ts'

const currency = Type.Unsafe<Currency>({ type: 'string', enum: ['USD', 'KHR'] })
const days = (fallback: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 80, default: fallback, description })

/** Settings of Bakong, under `banks.{CODE}`. */
export const bakongSchema = Type.Object(
  {
    'base-url': text('Where its API begins: the test system, or a relay of your own.', 'https://bakong.example', {
      default: 'https://api-bakong.nbc.gov.kh',
    }),
    'allow-plain-http': switchOf(false, 'Allows plain HTTP, and only to private addresses.'),
    proxy: Type.Optional(
      text(
        'A proxy in Cambodia that tunnels (CONNECT): production answers only to Cambodian addresses.',
        'http://example-user:example-password@10.0.0.9:3128',
        { secret: true },
      ),
    ),
    'relay-headers': Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9-]*$' }), Type.String({ minLength: 1 }), {
      default: {},
      description: 'Headers that a relay of your own wants to see, sent with every call.',
      examples: [{ 'X-Relay-Key': 'example-key-not-real' }],
      secret: true,
    }),
    'user-agent': text('Who calls, as its filter of callers sees it.', 'Mozilla/5.0 (compatible; KHQR-Hub)', {
      default: 'Mozilla/5.0 (compatible; KHQR-Hub)',
      maxLength: 200,
    }),
    token: Type.Optional(
      text('The access token (a JWT of about 90 days), until one is entered or renewed.', 'example-token-not-real', {
        secret: true,
        pattern: '^[\\x21-\\x7e]+$',
      }),
    ),
    email: Type.Optional(
      text('The address that is registered there. Whoever knows it can renew the token.', 'example@bank.example', {
        secret: true,
        pattern: '^[^\\s@]+@[^\\s@]+$',
      }),
    ),
    'renew-days-before': days(10, 'Days before the end of the token in which it is renewed, where `email` is set.'),
    'warn-days-before': days(14, 'Days before the end of the token from which on we warn.'),
    'account-id': text('Who is paid: the Bakong account, name@bank.', 'example@bank'),
    'merchant-name': text('The name that the payer sees, at most 25 characters.', 'Example Shop'),
    'merchant-city': text('The city that the payer sees, at most 15 characters.', 'Phnom Penh', {
      default: 'Phnom Penh',
    }),
    mcc: Type.String({
      default: '5999',
      pattern: '^\\d{4}$',
      description: 'Merchant category code (ISO 18245), 4 digits.',
    }),
    'merchant-id': Type.Optional(
      text(
        'Our merchant id at our bank: codes are those of a merchant (tag 30). Left out: of an individual (29).',
        'M-1',
      ),
    ),
    'acquiring-bank': Type.Optional(text('Our bank, as codes name it. `merchant-id` needs it.', 'Example Bank')),
    currencies: Type.Array(currency, {
      default: ['USD', 'KHR'],
      minItems: 1,
      uniqueItems: true,
      description: 'What the account takes.',
    }),
    deeplinks: switchOf(
      true,
      'Whether each new code gets a link that opens banking apps. Codes never wait long for it.',
    ),
    'source-info': Type.Object(
      {
        'app-name': Type.Optional(text('Name of the app that the link comes back to.', 'Example App')),
        'app-icon-url': Type.Optional(text('Its picture.', 'https://shop.example/icon.png')),
        'app-deep-link-callback': Type.Optional(text('Where the link comes back to.', 'https://shop.example/paid')),
      },
      { ...closed, default: {}, description: 'All three or none.' },
    ),
  },
  closed,
)

export type BakongSettings = {
  readonly code: string
  /** Without a slash at its end. */
  readonly baseUrl: string
  readonly proxy: string | undefined
  /** Sent with every call. */
  readonly relayHeaders: Readonly<Record<string, string>>
  readonly userAgent: string
  readonly token: string | undefined
  readonly email: string | undefined
  readonly renewDaysBefore: number
  readonly warnDaysBefore: number
  readonly merchant: MerchantFace
  readonly currencies: readonly Currency[]
  readonly deeplinks: boolean
  readonly source: DeeplinkSource | undefined
  readonly accounts: readonly AccountSettings[]
}

/** Reads `banks.{code}`. Throws `SettingsError` with everything that is wrong. */
export function readBakongSettings(code: string, raw: unknown, mode: { readonly sandbox: boolean }): BakongSettings {
  const where = `banks.${code}`
  const read = readSettings(bakongSchema, raw, where)
  const source = sourceOf(read)
  const merchant = {
    name: read['merchant-name'],
    city: read['merchant-city'],
    categoryCode: read.mcc,
    acquiringBank: read['acquiring-bank'],
  }
  const accounts = accountsOf(read)
  const problems = [
    ...addressProblems(read, where, mode.sandbox),
    ...headerProblems(read, where),
    ...(source === 'incomplete' ? [`${where}.source-info needs all three of its settings, or none.`] : []),
    ...codeProblems(accounts, merchant, where),
  ]
  if (problems.length > 0) throw new SettingsError(problems)
  return {
    code,
    baseUrl: read['base-url'].replace(/\/+$/, ''),
    proxy: read.proxy,
    relayHeaders: read['relay-headers'],
    userAgent: read['user-agent'],
    token: read.token,
    email: read.email,
    renewDaysBefore: read['renew-days-before'],
    warnDaysBefore: read['warn-days-before'],
    merchant,
    currencies: read.currencies,
    deeplinks: read.deeplinks,
    source: source === 'incomplete' ? undefined : source,
    accounts,
  }
}

type Read = Static<typeof bakongSchema>

function accountsOf(read: Read): AccountSettings[] {
  return read.currencies.map((one) => ({
    accountNumber: read['merchant-id'] ?? read['account-id'],
    currency: one,
    storeId: '',
    terminalId: '',
    payeeAccount: read['account-id'],
    payeeMerchantId: read['merchant-id'],
  }))
}

function sourceOf(read: Read): DeeplinkSource | 'incomplete' | undefined {
  const source = read['source-info']
  const { 'app-name': appName, 'app-icon-url': appIconUrl, 'app-deep-link-callback': appDeepLinkCallback } = source
  if (appName === undefined && appIconUrl === undefined && appDeepLinkCallback === undefined) return undefined
  if (appName === undefined || appIconUrl === undefined || appDeepLinkCallback === undefined) return 'incomplete'
  return { appName, appIconUrl, appDeepLinkCallback }
}

function addressProblems(read: Read, where: string, sandbox: boolean): string[] {
  const { 'base-url': base, 'allow-plain-http': allowPlainHttp, proxy } = read
  const problem = addressProblem(base, { sandbox, allowPlainHttp })
  const problems = problem === undefined ? [] : [`${where}.base-url ${problem}.`]
  if (proxy === undefined) return problems
  const url = URL.canParse(proxy) ? new URL(proxy) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    problems.push(`${where}.proxy is no address such as http://10.0.0.9:3128.`)
  } else if (sandbox && !isLoopbackHost(url.hostname)) {
    problems.push(`${where}.proxy leaves this machine, which sandbox mode does not; use live mode.`)
  } else if (!sandbox && !base.startsWith('https://')) {
    problems.push(`${where}.proxy must not carry plain HTTP: give base-url with https://.`)
  }
  return problems
}

/** Headers that we write ourselves, or that would change what the request is. */
const ownHeaders =
  /^(authorization|proxy-authorization|host|connection|upgrade|te|trailer|expect|content-.*|transfer-.*|x-request-id|x-timestamp|user-agent)$/i

function headerProblems(read: Read, where: string): string[] {
  return Object.entries(read['relay-headers']).flatMap(([name, value]) => {
    if (ownHeaders.test(name)) return [`${where}.relay-headers has ${name}, which the hub writes itself.`]
    return /^[\x20-\x7e]+$/.test(value) ? [] : [`${where}.relay-headers.${name} has other characters than ASCII text.`]
  })
}

const sampleTime = new Date('2026-01-01T00:00:00Z')

/** Writes a code as a payment's would be: what cannot be written is told at the start, not to the first payer. */
function codeProblems(accounts: readonly AccountSettings[], merchant: MerchantFace, where: string): string[] {
  const found = accounts.flatMap((account) => {
    try {
      writeCode({
        account,
        merchant,
        amountMinor: 1n,
        billNumber: '1',
        createdAt: sampleTime,
        expiresAt: sampleTime,
      })
      return []
    } catch (error) {
      if (!(error instanceof KhqrError)) throw error
      return [`${where}: no code can be written with these settings: ${error.message}`]
    }
  })
  return [...new Set(found)]
}
