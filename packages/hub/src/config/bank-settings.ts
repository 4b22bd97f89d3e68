import { Type } from 'typebox'
import type { Static } from 'typebox'
import type { BankPolicy } from '../flows/hub.ts'
import { addressList } from '../kit/address.ts'
import { readSettings, SettingsError } from '../kit/settings.ts'
import { type Currency, parseAmount } from '../money/money.ts'

const amounts = (usd: string, khr: string, description: string) =>
  Type.Object(
    { USD: Type.String({ default: usd }), KHR: Type.String({ default: khr }) },
    { additionalProperties: false, default: {}, description },
  )

/** What the hub itself wants to know of a bank, beside its connector's own settings. */
export const hubSideSchema = Type.Object(
  {
    kind: Type.Optional(Type.String({ description: 'Which connector speaks with this bank.', examples: ['bank-qr'] })),
    'numeric-id': Type.Integer({
      minimum: 1,
      maximum: 9_999,
      description: 'The number clients may use instead of the code.',
      examples: [7],
    }),
    active: Type.Boolean({
      default: true,
      description: 'Whether new bills and codes are served at the first start; afterwards the table `banks` decides.',
    }),
    'allowed-addresses': Type.Array(Type.String({ minLength: 2 }), {
      default: [],
      description:
        "Addresses or ranges this bank's messages may come from. Empty: from anywhere, which live mode refuses where a notice settles.",
      examples: [['203.0.113.0/24']],
    }),
    'checks-per-minute': Type.Integer({
      minimum: 1,
      maximum: 60_000,
      default: 600,
      description:
        'How many payments the schedule may ask this bank about, by all processes together. Money that was told of never waits for it.',
      examples: [120],
    }),
    'status-calls-per-day': Type.Integer({
      minimum: 1,
      maximum: 1_000_000,
      default: 100,
      description:
        'How many status calls this bank answers per token and day (UTC+7), where it counts them. Less is learnt from its refusals, more is not.',
      examples: [100],
    }),
    'status-calls-reserved': Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      default: 20,
      description: 'Of those, how many wait for people who say that they have paid, and for last looks.',
      examples: [20],
    }),
    fallback: Type.Array(Type.String({ minLength: 2 }), {
      default: [],
      description:
        'Codes of banks, in this order, that make the KHQR of a bill while this one cannot: a bank, or one whose codes we write ourselves while its calls last.',
      examples: [['BANK01']],
    }),
    'order-methods': Type.Optional(
      Type.Array(Type.String({ minLength: 2 }), {
        description:
          'Ways to pay orders that this bank is used for, in the order in which they are offered. Left out: its usual ones.',
        examples: [['abapay_khqr_deeplink', 'cards']],
      }),
    ),
    'top-ups': Type.Boolean({
      default: false,
      description: 'Whether wallets may be topped up through this bank.',
    }),
    'when-delayed': Type.Unsafe<'announce' | 'refuse'>({
      type: 'string',
      enum: ['announce', 'refuse'],
      default: 'announce',
      description:
        'What becomes of a top-up that this bank, whose status calls are counted, could confirm only later: it is announced as delayed, or refused.',
    }),
    notices: Type.Object(
      {
        'settle-bills': Type.Boolean({
          default: false,
          description: 'Whether a bill confirmation that cannot be verified settles. Flagged until reconciled.',
        }),
        'settle-khqr': Type.Boolean({
          default: false,
          description:
            'Whether a KHQR notice settles, at a bank that cannot be asked about its codes. Flagged until reconciled.',
        }),
        'per-payment': amounts('10000.00', '40000000', 'A single payment above this is never settled by a notice.'),
        'per-day': amounts('200000.00', '800000000', 'All payments by notice in 24 hours.'),
      },
      { additionalProperties: false, default: {} },
    ),
  },
  { additionalProperties: false },
)

/** What was not asked in one of these parts of a minute may be asked at once afterwards. */
const burstShare = 6

export type HubSide = {
  readonly kind: string | undefined
  readonly numericId: number
  readonly active: boolean
  /** Undefined: messages may come from anywhere. */
  readonly allows: ((address: string) => boolean) | undefined
  readonly notices: Pick<BankPolicy, 'noticeSettlesBills' | 'noticeSettlesKhqr' | 'noticeLimits'>
  readonly checkBudget: BankPolicy['checkBudget']
  /** In upper case. */
  readonly fallback: readonly string[]
  /** For a bank that counts them. */
  readonly statusCalls: { readonly perDay: number; readonly reserve: number }
  /** Undefined: the usual ones. */
  readonly orderMethods: readonly string[] | undefined
  readonly topups: Pick<BankPolicy, 'takesTopups' | 'refusesDelayed'>
  /** What is left: the connector's own. */
  readonly connector: Readonly<Record<string, unknown>>
}

/** Splits `banks.{code}` into what the hub reads and what the connector reads. Throws `SettingsError`. */
export function readHubSide(code: string, raw: unknown, mode: { readonly live: boolean }): HubSide {
  const all = typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? { ...raw } : {}
  const ours = Object.fromEntries(Object.entries(all).filter(([key]) => key in hubSideSchema.properties))
  const connector = Object.fromEntries(Object.entries(all).filter(([key]) => !(key in hubSideSchema.properties)))
  const read: Static<typeof hubSideSchema> = readSettings(hubSideSchema, ours, `banks.${code}`)
  const addresses = read['allowed-addresses']
  const noticeSettles = read.notices['settle-bills'] || read.notices['settle-khqr']
  if (mode.live && noticeSettles && addresses.length === 0) {
    throw new SettingsError([
      `banks.${code}.allowed-addresses is empty: where a notice settles, live mode wants to know where it may come from. ` +
        'List the addresses the bank gave you, for example ["203.0.113.0/24"].',
    ])
  }
  const checksPerMinute = read['checks-per-minute']
  const statusCalls = { perDay: read['status-calls-per-day'], reserve: read['status-calls-reserved'] }
  if (statusCalls.reserve >= statusCalls.perDay) {
    throw new SettingsError([
      `banks.${code}.status-calls-reserved is ${statusCalls.reserve}, and status-calls-per-day is ${statusCalls.perDay}: ` +
        'nothing would be left to be planned. Reserve less.',
    ])
  }
  const limit = (currency: Currency) => ({
    perPaymentMinor: parseAmount(read.notices['per-payment'][currency], currency),
    perDayMinor: parseAmount(read.notices['per-day'][currency], currency),
  })
  return {
    kind: read.kind,
    numericId: read['numeric-id'],
    active: read.active,
    allows: addresses.length === 0 ? undefined : addressList(addresses, `banks.${code}.allowed-addresses`),
    notices: {
      noticeSettlesBills: read.notices['settle-bills'],
      noticeSettlesKhqr: read.notices['settle-khqr'],
      noticeLimits: { USD: limit('USD'), KHR: limit('KHR') },
    },
    fallback: read.fallback.map((one) => one.toUpperCase()),
    checkBudget: { perMinute: checksPerMinute, burst: Math.max(1, Math.ceil(checksPerMinute / burstShare)) },
    statusCalls,
    orderMethods: read['order-methods'],
    topups: { takesTopups: read['top-ups'], refusesDelayed: read['when-delayed'] === 'refuse' },
    connector,
  }
}
