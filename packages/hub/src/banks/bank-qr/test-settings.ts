import { readBankQrSettings } from './settings.ts'
import type { BankQrSettings } from './settings.ts'

/** For tests: settings of a made-up bank of this shape, as an operator would write them. */
export const sampleRawSettings = {
  base_url: 'http://127.0.0.1:8687/amk',
  'verify-payment-url': 'http://127.0.0.1:8687/amk/amkpayway/v1/api/payment/payment-verify',
  'merchant-id': '900000000000001',
  'store-id': '800000000000001',
  'terminal-id': '70000001',
  currency: ['USD', 'KHR'],
  'payee-account': 'sample@amkb',
  'payee-merchant-id': 'M-0001',
  'secret-key': 'example-amk-key-not-real',
  auth: { endpoint: '/auth/sign-in', username: 'sample-user', password: 'sample-password' },
  'writes-reference': true,
}

export function sampleSettings(changes: object = {}): BankQrSettings {
  return readBankQrSettings('AMK', { ...sampleRawSettings, ...changes }, { sandbox: true })
}
