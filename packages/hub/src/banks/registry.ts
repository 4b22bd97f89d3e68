import type { ConnectorTools } from '../kit/guard.ts'
import type { JsonObject } from '../kit/json.ts'
import { SettingsError, underlay } from '../kit/settings.ts'
import type { AccountSettings, Bank } from './bank.ts'
import type { BankKeeping } from './keeping.ts'
import { createBakong } from './bakong/index.ts'
import { readBakongSettings } from './bakong/settings.ts'
import { createBankQr } from './bank-qr/index.ts'
import { readBankQrSettings } from './bank-qr/settings.ts'
import { createPayway } from './payway/index.ts'
import { readPaywaySettings } from './payway/settings.ts'
import { fieldsSignedBy, signedOperations, signPayway, UnsignableField } from './payway/sign.ts'

/** A bank ready to work, and the merchant accounts its settings name: they seed the table that operators edit. */
export type ConfiguredBank = {
  /** One of `bankKinds`. */
  readonly kind: string
  readonly bank: Bank
  readonly accounts: readonly AccountSettings[]
  /**
   * Whether it can work for an account that the table has: the settings may have changed since. Left out where one login
   * serves every account.
   */
  readonly serves?: (accountNumber: string) => boolean
}

type Kind = (code: string, raw: unknown, tools: ConnectorTools, keeping: BankKeeping) => Omit<ConfiguredBank, 'kind'>

/** One line per kind of connector. */
const kinds: Readonly<Record<string, Kind>> = {
  'bank-qr': (code, raw, tools) => {
    const settings = readBankQrSettings(code, raw, tools)
    return { bank: createBankQr(settings, tools), accounts: settings.accounts }
  },
  bakong: (code, raw, tools, keeping) => {
    const settings = readBakongSettings(code, raw, tools)
    return { bank: createBakong(settings, tools, keeping), accounts: settings.accounts }
  },
  payway: (code, raw, tools, keeping) => {
    const settings = readPaywaySettings(code, raw, tools)
    const serves = (merchantId: string) => settings.merchants.has(merchantId)
    return { bank: createPayway(settings, tools, keeping), accounts: settings.accounts, serves }
  },
}

/** What the documents of a bank fix, under what the operator sets: `banks.AMK.auth.endpoint` need not be written. */
const knownBanks: Readonly<Record<string, { readonly kind: string; readonly settings: object }>> = {
  AMK: { kind: 'bank-qr', settings: { auth: { endpoint: '/auth/sign-in' } } },
  BAKONG: { kind: 'bakong', settings: {} },
  ABA: { kind: 'payway', settings: {} },
}

export const bankKinds: readonly string[] = Object.keys(kinds)

/**
 * Makes the connector of `banks.{code}`. `kind` may be left out for a bank we know; other banks are `bank-qr` unless
 * told. Throws `SettingsError` with everything that is wrong.
 */
export function createBank(
  code: string,
  settings: { readonly kind?: string | undefined; readonly raw: unknown },
  tools: ConnectorTools,
  keeping: BankKeeping,
): ConfiguredBank {
  const known = knownBanks[code]
  const name = settings.kind ?? known?.kind ?? 'bank-qr'
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (!kind) {
    throw new SettingsError([`banks.${code}.kind is "${name}": it must be one of ${bankKinds.join(', ')}.`])
  }
  const raw = known?.kind === name ? underlay(known.settings, settings.raw) : settings.raw
  return { kind: name, ...kind(code, raw, tools, keeping) }
}

/** Requests whose signing is published as a table of fields: for the command line. */
export const signedRequests: readonly string[] = signedOperations

export type SignedRequest = {
  readonly signed: { readonly hashInput: string; readonly hash: string }
  /** Given, and not signed for this operation. */
  readonly unsigned: readonly string[]
  /** Signed for this operation, and not given or empty: they counted as nothing. */
  readonly missing: readonly string[]
}

/** Signs one of `signedRequests`; `problem` is a sentence about a field that cannot be signed. Throws for any other name. */
export function signRequest(
  operation: string,
  fields: JsonObject,
  key: string,
): SignedRequest | { readonly problem: string } {
  const known = signedOperations.find((one) => one === operation)
  if (known === undefined) throw new Error(`"${operation}" is none of the requests that are signed`)
  try {
    const signed = signPayway(known, fields, key)
    const wanted = fieldsSignedBy(known) ?? Object.keys(fields)
    return {
      signed,
      unsigned: Object.keys(fields).filter((name) => !wanted.includes(name)),
      missing: wanted.filter((name) => !Object.hasOwn(fields, name) || (fields[name] ?? '') === ''),
    }
  } catch (error) {
    if (error instanceof UnsignableField) return { problem: error.message }
    throw error
  }
}
