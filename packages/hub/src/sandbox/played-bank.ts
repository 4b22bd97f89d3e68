import { type BankQrSettings, readBankQrSettings } from '../banks/bank-qr/settings.ts'
import type { BankQrSimulatorSettings } from '../banks/bank-qr/simulator/settings.ts'
import { readHubSide } from '../config/bank-settings.ts'

/** `banks` of a configuration whose API is said to lie at the simulator: it plays them, too. By code, as configured. */
export function banksAtSimulator(
  configured: Readonly<Record<string, unknown>>,
  simulatorUrl: string,
  known: readonly string[],
): ReadonlyMap<string, unknown> {
  const rows = Object.entries(configured).map(([name, raw]) => [name.toUpperCase(), raw] as const)
  return new Map(rows.filter(([code, raw]) => !known.includes(code) && isPlayed(raw, simulatorUrl)))
}

function isPlayed(raw: unknown, simulatorUrl: string): boolean {
  const { kind = 'bank-qr', base_url: base } = (raw ?? {}) as { readonly kind?: unknown; readonly base_url?: unknown }
  return kind === 'bank-qr' && typeof base === 'string' && base.startsWith(`${simulatorUrl}/`)
}

/**
 * A bank of the kind bank-qr, played as it is configured: paths, log-in, accounts, signature. It speaks the words of AMK's
 * documents. Throws `SettingsError` for what the hub would refuse.
 */
export function playedBank(code: string, raw: unknown, bankToken: string): BankQrSimulatorSettings {
  const side = readHubSide(code, raw, { live: false })
  const settings = readBankQrSettings(code, side.connector, { sandbox: true })
  const base = basePathOf(settings, raw)
  const { verify, refund, capabilities } = settings
  return {
    kind: 'bank-qr',
    basePath: base,
    paths: {
      qr: pathOf(settings.qrUrl),
      health: pathOf(settings.healthUrl),
      ...(verify ? { verify: pathOf(verify.url) } : {}),
      ...(refund ? { refunds: pathOf(refund.url) } : {}),
    },
    active: side.active,
    accounts: settings.accounts.map(({ accountNumber, ...account }) => ({
      merchantId: accountNumber,
      ...account,
      merchantName: 'Sample Insurance',
      city: 'Phnom Penh',
    })),
    username: settings.username,
    password: settings.password,
    secretKey: verify?.secretKey ?? '',
    login: { path: pathOf(settings.loginUrl).slice(base.length), style: settings.loginStyle },
    signature: playedSignature(verify),
    qrForm: 'json',
    hasVerify: verify !== undefined,
    verifyForm: 'list',
    refunds: capabilities.refund === 'never' ? 'none' : capabilities.refund,
    bankToken,
    webhookPath: `/${code}/khqr`,
    paymentsPath: `/${code}/payments`,
  }
}

function basePathOf(settings: BankQrSettings, raw: unknown): string {
  const { base_url: base = settings.qrUrl } = raw as { readonly base_url?: string }
  return pathOf(base).replace(/\/+$/, '')
}

function pathOf(url: string): string {
  return new URL(url).pathname
}

/** A bank that is never asked signs nothing: then any recipe is as good. */
function playedSignature(verify: BankQrSettings['verify']): BankQrSimulatorSettings['signature'] {
  if (!verify) return { order: 'wire', join: '', key: 'text', output: 'base64', timestamp: 'ms' }
  const { join } = verify.signature
  return { ...verify.signature, join: join === 'none' ? '' : join }
}
