import { bankKinds } from '../banks/registry.ts'
import type { PaywaySimulatorSettings } from '../banks/payway/simulator/settings.ts'
import type { SandboxSecrets } from './secrets.ts'

/** Made up, and looks made up. */
const merchantId = 'khhubdemo'
const payeeAccount = 'sample_shop@abaa'
const payeeMerchantId = 'SAMPLE-ABA-1'
const currencies = ['USD', 'KHR'] as const
const basePath = '/payway'
const kind = 'payway'

/** `banks.ABA`, as the hub is configured for the simulator; nothing while no connector of its kind is there. */
export function paywayHubSettings(
  { payway }: SandboxSecrets,
  { simulatorUrl, gatewayUrl }: { readonly simulatorUrl: string; readonly gatewayUrl: string },
): Readonly<Record<string, unknown>> {
  if (!bankKinds.includes(kind)) return {}
  const settings = {
    kind,
    'numeric-id': 6,
    active: true,
    // PayWay's own paths follow the host, whatever path stands here.
    'base-url': simulatorUrl + basePath,
    'allow-plain-http': true,
    'merchant-id': merchantId,
    'api-key': payway.apiKey,
    'api-key-next': payway.nextApiKey,
    currencies,
    'payee-account': payeeAccount,
    'payee-merchant-id': payeeMerchantId,
    'callback-account': payway.callbackAccount,
    'callback-origin': gatewayUrl,
    'rsa-public-key': payway.rsaPublicKey,
  }
  return { ABA: settings }
}

export function paywaySimulatorSettings({ payway }: SandboxSecrets): PaywaySimulatorSettings {
  return {
    kind,
    basePath,
    alsoAtRoot: true,
    active: true,
    merchantId,
    currencies,
    payeeAccount,
    payeeMerchantId,
    merchantName: 'Sample Shop',
    city: 'Phnom Penh',
    apiKey: payway.apiKey,
    nextApiKey: payway.nextApiKey,
    rsaPrivateKey: payway.rsaPrivateKey,
  }
}
