import type { BakongSimulatorSettings } from '../banks/bakong/simulator/settings.ts'
import type { SandboxSecrets } from './secrets.ts'

/** Made up, and looks made up. An address at Bakong has at most 30 characters. */
const accountId = 'sample_shop@smpl'
const email = 'sandbox@sample.example'
const currencies = ['USD', 'KHR'] as const
const basePath = '/bakong'

/** `banks.BAKONG`, as the hub is configured for the simulator. */
export function bakongHubSettings({ bakong }: SandboxSecrets, simulatorUrl: string): unknown {
  return {
    kind: 'bakong',
    'numeric-id': 5,
    active: true,
    'top-ups': true,
    'base-url': simulatorUrl + basePath,
    'allow-plain-http': true,
    token: bakong.token,
    email,
    'account-id': accountId,
    'merchant-name': 'Sample Shop',
    'merchant-city': 'Phnom Penh',
    currencies,
  }
}

export function bakongSimulatorSettings({ bakong }: SandboxSecrets): BakongSimulatorSettings {
  return {
    kind: 'bakong',
    basePath,
    alsoAtRoot: true,
    active: true,
    accounts: currencies.map((currency) => ({ accountId, currency })),
    otherAccounts: ['sample_wallet@smpb'],
    email,
    tokenSecret: bakong.tokenSecret,
    callsPerDay: 100,
  }
}
