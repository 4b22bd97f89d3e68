import { underlay } from '../kit/settings.ts'
import { WrongSetting } from './setting-table.ts'

type Banks = Readonly<Record<string, unknown>>
type Given<Name extends string> = Readonly<Record<Name, string | undefined>>

/** What the environment says of two banks, as text; undefined where it says nothing. */
export type FamiliarBanks = {
  readonly payway: Given<
    | 'merchantId'
    | 'apiKey'
    | 'apiKeyNext'
    | 'apiUrl'
    | 'checkTransactionUrl'
    | 'payeeAccount'
    | 'callbackAccount'
    | 'rsaPublicKey'
    | 'accountOnFile'
    | 'cardOnFile'
    | 'logsAllEvents'
  >
  readonly bakong: Given<'accountId' | 'token'>
}

/** Under the codes and numbers that the two banks have everywhere. */
const homes = { payway: { code: 'ABA', numericId: 6 }, bakong: { code: 'BAKONG', numericId: 5 } } as const
const paywayKind = 'payway'

/**
 * Lays what the environment says over the file's banks; a bank that the file does not have is made of it. Throws
 * `WrongSetting` where two addresses of one bank contradict each other.
 */
export function withFamiliarBanks(banks: Banks, { payway, bakong }: FamiliarBanks): Banks {
  refuseTwoHosts(payway)
  const apart = {
    'merchant-id': payway.merchantId,
    'api-key': payway.apiKey,
    'api-key-next': payway.apiKeyNext,
    'base-url': payway.apiUrl ?? payway.checkTransactionUrl,
    'payee-account': payway.payeeAccount,
    'callback-account': payway.callbackAccount,
    'rsa-public-key': payway.rsaPublicKey,
    'account-on-file': readSwitch(payway.accountOnFile),
    'card-on-file': readSwitch(payway.cardOnFile),
    'log-all-events': readSwitch(payway.logsAllEvents),
  }
  const first = lay(banks, homes.payway, apart)
  return lay(first, homes.bakong, { 'account-id': bakong.accountId, token: bakong.token })
}

/**
 * Where callbacks come to, for every bank that has them and does not say: `origin`, empty where none is set. Throws
 * `WrongSetting` then: without callbacks a payment is found late, and who pays for real must not learn that from customers.
 */
export function withCallbackOrigin(banks: Banks, origin: string): Banks {
  return Object.fromEntries(
    Object.entries(banks).map(([code, raw]) => {
      if (!isPayway(code, raw) || raw['callback-origin'] !== undefined) return [code, raw]
      if (origin !== '') return [code, { ...raw, 'callback-origin': origin }]
      throw new WrongSetting(
        `HUB_PUBLIC_URL (checkout.origin) is missing: banks.${code} is told by it where to call us when money has come. ` +
          `Set it, or banks.${code}.callback-origin. For example HUB_PUBLIC_URL=https://pay.example`,
      )
    }),
  )
}

function isPayway(code: string, raw: unknown): raw is Readonly<Record<string, unknown>> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return false
  const kind = (raw as { kind?: unknown }).kind
  return kind === paywayKind || (kind === undefined && code.toUpperCase() === homes.payway.code)
}

function lay(banks: Banks, home: { readonly code: string; readonly numericId: number }, said: object): Banks {
  const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
  if (Object.keys(given).length === 0) return banks
  const name = Object.keys(banks).find((one) => one.toUpperCase() === home.code) ?? home.code
  const whole = underlay({ 'numeric-id': home.numericId }, underlay(banks[name] ?? {}, given))
  return { ...banks, [name]: whole }
}

function readSwitch(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : ['true', 'yes', '1'].includes(text)
}

function refuseTwoHosts({ apiUrl, checkTransactionUrl }: FamiliarBanks['payway']): void {
  if (apiUrl === undefined || checkTransactionUrl === undefined) return
  const [api, check] = [new URL(apiUrl).origin, new URL(checkTransactionUrl).origin]
  if (api === check) return
  throw new WrongSetting(
    `PAYWAY_API_URL names ${api}, and PAYWAY_CHECK_TRANSACTION_URL ${check}: what is paid at one is not found at the other. ` +
      'Set both to one host, or leave one out.',
  )
}
