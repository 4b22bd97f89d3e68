import { amountOf, keyOrNothing, originOrNothing, plain } from './setting-kinds.ts'

/** What a wallet may be topped up with at once, and what customers and clients of top-ups see of us. */
export const topupSettings = [
  plain(
    'topups.minUsd',
    'HUB_TOPUP_MIN_USD',
    'The smallest top-up of a wallet in US dollars.',
    'USD',
    '1.00',
    '0.01',
    amountOf('USD'),
  ),
  plain('topups.maxUsd', 'HUB_TOPUP_MAX_USD', 'The largest one.', 'USD', '500.00', '1000.00', amountOf('USD')),
  plain(
    'topups.minKhr',
    'HUB_TOPUP_MIN_KHR',
    'The smallest top-up of a wallet in riel.',
    'KHR',
    '4000',
    '100',
    amountOf('KHR'),
  ),
  plain('topups.maxKhr', 'HUB_TOPUP_MAX_KHR', 'The largest one.', 'KHR', '2000000', '4000000', amountOf('KHR')),
  plain(
    'topups.merchantKey',
    'KHQR_MERCHANT_ID',
    'What clients of the façade send as `md5`; its money goes to the wallet of this name. Empty: such clients are told 503.',
    'text',
    'made-up-merchant',
    '',
    keyOrNothing,
  ),
  plain(
    'checkout.origin',
    'HUB_PUBLIC_URL',
    'Where customers reach the gateway: `checkout_url` begins so. Empty: the address that the gateway listens on.',
    'origin',
    'https://pay.example',
    '',
    originOrNothing,
  ),
] as const
