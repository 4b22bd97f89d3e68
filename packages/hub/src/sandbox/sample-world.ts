import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { BankQrSimulatorSettings } from '../banks/bank-qr/simulator/settings.ts'
import type { Ports } from './running-ports.ts'
import { bakongHubSettings, bakongSimulatorSettings } from './sample-bakong.ts'
import { paywayHubSettings, paywaySimulatorSettings } from './sample-payway.ts'
import { banksAtSimulator, playedBank } from './played-bank.ts'
import { samplePolicySystems } from './sample-policy-systems.ts'
import { type SandboxSecrets, sandboxSecrets } from './secrets.ts'
import type { SimulatorConfig } from './simulator/config.ts'

/** Everything the sandbox invents: the banks and policy systems as the hub's settings and as the simulator's. */
export type SampleWorld = {
  readonly secrets: SandboxSecrets
  /** As `banks` in a configuration file. */
  readonly banks: Readonly<Record<string, unknown>>
  /** As `policySystems` in a configuration file. */
  readonly policySystems: Readonly<Record<string, unknown>>
  readonly simulator: SimulatorConfig
  /** The played banking app: whoever pays in the sandbox pays there. */
  readonly phoneUrl: string
  /** Registered with the database, so that an act may ask for a second person. */
  readonly operators: readonly string[]
  /** What clients of the façade send as `md5`. */
  readonly merchantKey: string
}

type SampleBank = {
  readonly numericId: number
  readonly active: boolean
  readonly basePath: string
  readonly accountNumber: string
  readonly currencies: readonly ('USD' | 'KHR')[]
  readonly payeeAccount: string
  readonly payeeMerchantId: string | undefined
  readonly login: BankQrSimulatorSettings['login']
  readonly signature: BankQrSimulatorSettings['signature']
  readonly qrForm: BankQrSimulatorSettings['qrForm']
  /** Whether it can be asked about a payment. Where it cannot, its notice settles. */
  readonly hasVerify: boolean
  readonly refunds: BankQrSimulatorSettings['refunds']
}

/** Made-up accounts that look made up. Each bank of the kind has other settings, so that the kind stays honest. */
const sampleBanks: Readonly<Record<string, SampleBank>> = {
  AMK: {
    numericId: 4,
    active: true,
    basePath: '/amk',
    accountNumber: '900000000000001',
    currencies: ['USD'],
    payeeAccount: 'sample_insurer@amkb',
    payeeMerchantId: 'SAMPLE-AMK-1',
    login: { path: '/auth/sign-in', style: 'json-password' },
    signature: { order: 'wire', join: '', key: 'text', output: 'base64', timestamp: 'ms' },
    qrForm: 'png',
    hasVerify: true,
    refunds: 'none',
  },
  BANK01: {
    numericId: 1,
    active: true,
    basePath: '/bank01',
    accountNumber: '900000000000011',
    currencies: ['USD', 'KHR'],
    payeeAccount: 'sample_insurer@bk01',
    payeeMerchantId: undefined,
    login: { path: '/auth/token', style: 'form-client-credentials' },
    signature: { order: 'sorted', join: 'k=v&', key: 'text', output: 'hex', timestamp: 's' },
    qrForm: 'json',
    hasVerify: true,
    refunds: 'partial',
  },
  BANK02: {
    numericId: 2,
    active: true,
    basePath: '/bank02',
    accountNumber: '900000000000021',
    currencies: ['USD', 'KHR'],
    payeeAccount: 'sample_insurer@bk02',
    payeeMerchantId: 'SAMPLE-BK2-1',
    login: { path: '/oauth/token', style: 'form-client-credentials' },
    signature: { order: 'sorted', join: ',', key: 'base64', output: 'base64', timestamp: 's' },
    qrForm: 'data-uri',
    hasVerify: false,
    refunds: 'none',
  },
  BANK03: {
    numericId: 3,
    active: false,
    basePath: '/bank03',
    accountNumber: '900000000000031',
    currencies: ['USD', 'KHR'],
    payeeAccount: 'sample_insurer@bk03',
    payeeMerchantId: 'SAMPLE-BK3-1',
    login: { path: '/auth/token', style: 'json-password' },
    signature: { order: 'wire', join: '|', key: 'text', output: 'HEX', timestamp: 'ms' },
    qrForm: 'khqr',
    hasVerify: true,
    refunds: 'full',
  },
}

const storeId = '800000000000001'
const terminalId = '70000001'
const refundWindowDays = 30

/** The sandbox's world for these ports. Secrets are made at the first start and kept in the data folder. */
export function sampleWorld(config: Config, ports: Ports): SampleWorld {
  const host = config.bind.includes(':') ? `[${config.bind}]` : config.bind
  const simulatorUrl = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${ports.simulator}`
  const added = banksAtSimulator(config.banks, simulatorUrl, [...Object.keys(sampleBanks), 'BAKONG', 'ABA'])
  const codes = [...Object.keys(sampleBanks), ...added.keys()]
  const secrets = sandboxSecrets(config.dataDir, codes, ['DLIS', 'INGENIUM'])
  const gatewayUrl = `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${ports.gateway}`
  const each = <Row>(row: (code: string, bank: SampleBank, keys: Keys) => Row): Record<string, Row> =>
    Object.fromEntries(
      Object.entries(sampleBanks).map(([code, bank]) => [code, row(code, bank, keysOf(secrets, code))]),
    )
  return {
    secrets,
    banks: {
      ...each((_code, bank, keys) => hubSettings(bank, keys, simulatorUrl + bank.basePath)),
      BAKONG: bakongHubSettings(secrets, simulatorUrl),
      ...paywayHubSettings(secrets, { simulatorUrl, gatewayUrl }),
    },
    policySystems: samplePolicySystems(secrets, simulatorUrl),
    operators: ['operator-1', 'operator-2'],
    merchantKey: 'demo-merchant',
    phoneUrl: `${simulatorUrl}/phone`,
    simulator: {
      bind: config.bind,
      port: ports.simulator,
      dataFile: join(config.dataDir, 'simulator.jsonl'),
      gatewayUrl,
      banks: { ...each(simulatorSettings), ...playAll(added, secrets) },
      bakong: { BAKONG: bakongSimulatorSettings(secrets) },
      payway: { ABA: paywaySimulatorSettings(secrets) },
      policySystems: {
        DLIS: { basePath: '/dlis', apiKey: secrets.policySystems['DLIS']?.key ?? '' },
        INGENIUM: { basePath: '/ingenium', token: secrets.policySystems['INGENIUM']?.key ?? '' },
      },
    },
  }
}

function playAll(added: ReadonlyMap<string, unknown>, secrets: SandboxSecrets): SimulatorConfig['banks'] {
  const rows = [...added].map(([code, raw]) => [code, playedBank(code, raw, keysOf(secrets, code).bankToken)] as const)
  return Object.fromEntries(rows)
}

type Keys = SandboxSecrets['banks'][string]

function keysOf(secrets: SandboxSecrets, code: string): Keys {
  const keys = secrets.banks[code]
  if (!keys) throw new Error(`The sandbox has no keys for ${code}`)
  return keys
}

function hubSettings(bank: SampleBank, keys: Keys, base: string): unknown {
  return {
    'numeric-id': bank.numericId,
    active: bank.active,
    notices: { 'settle-bills': true, 'settle-khqr': !bank.hasVerify },
    base_url: base,
    ...(bank.hasVerify ? { 'verify-payment-url': `${base}/amkpayway/v1/api/payment/payment-verify` } : {}),
    'allow-plain-http': true,
    'merchant-id': bank.accountNumber,
    'store-id': storeId,
    'terminal-id': terminalId,
    currency: bank.currencies,
    'payee-account': bank.payeeAccount,
    ...(bank.payeeMerchantId === undefined ? {} : { 'payee-merchant-id': bank.payeeMerchantId }),
    'secret-key': keys.secretKey,
    auth: { endpoint: bank.login.path, style: bank.login.style, username: 'sample-insurer', password: keys.password },
    signature: { ...bank.signature, join: bank.signature.join === '' ? 'none' : bank.signature.join },
    'writes-reference': true,
    // They would refund once per id; that they do not promise it keeps the careful way in use.
    ...(bank.refunds === 'none'
      ? {}
      : { refund: { path: '/refunds', mode: bank.refunds, 'window-days': refundWindowDays, idempotent: false } }),
  }
}

function simulatorSettings(code: string, bank: SampleBank, keys: Keys): BankQrSimulatorSettings {
  return {
    kind: 'bank-qr',
    basePath: bank.basePath,
    active: bank.active,
    accounts: bank.currencies.map((currency) => ({
      merchantId: bank.accountNumber,
      currency,
      storeId,
      terminalId,
      payeeAccount: bank.payeeAccount,
      payeeMerchantId: bank.payeeMerchantId,
      merchantName: 'Sample Insurance',
      city: 'Phnom Penh',
    })),
    username: 'sample-insurer',
    password: keys.password,
    secretKey: keys.secretKey,
    login: bank.login,
    signature: bank.signature,
    qrForm: bank.qrForm,
    hasVerify: bank.hasVerify,
    verifyForm: 'list',
    refunds: bank.refunds,
    bankToken: keys.bankToken,
    webhookPath: `/${code}/khqr`,
    paymentsPath: `/${code}/payments`,
  }
}
