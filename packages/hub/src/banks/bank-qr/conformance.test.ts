import assert from 'node:assert/strict'
import { after, afterEach, describe, test } from 'node:test'
import { otherBank, sampleBank } from '../../sandbox/simulator/test-process.ts'
import { conformance } from '../conformance.ts'
import type { BankQrSimulatorSettings } from './simulator/settings.ts'
import { playBanks } from './test-played-banks.ts'

/** Four banks of one shape, so that no setting of the kind has only one value that works. */
const banks: Readonly<Record<string, BankQrSimulatorSettings>> = {
  AMK: sampleBank,
  BANK01: otherBank,
  BANK02: {
    ...otherBank,
    basePath: '/bank02',
    qrForm: 'data-uri',
    verifyForm: 'bare',
    refunds: 'full',
    signature: { order: 'wire', join: '|', key: 'text', output: 'hex', timestamp: 'ms' },
    webhookPath: '/BANK02/khqr',
    paymentsPath: '/BANK02/payments',
  },
  BANK03: {
    ...sampleBank,
    basePath: '/bank03',
    qrForm: 'khqr',
    hasVerify: false,
    webhookPath: '/BANK03/khqr',
    paymentsPath: '/BANK03/payments',
  },
}

const played = await playBanks(banks)
after(() => played.close())

for (const [code, settings] of Object.entries(banks)) {
  const world = played.underTest(code, rawSettings(settings))
  describe(`${code}, a bank of the kind bank-qr,`, () => {
    afterEach(() => world.control.clearFaults())
    for (const claim of conformance) {
      if (claim.holdsFor && !claim.holdsFor(world.makeBank(), world)) continue
      test(claim.says, () => claim.check(world.makeBank(), world))
    }
  })
}

/** The hub's side of what the simulator is configured with. */
function rawSettings(settings: BankQrSimulatorSettings): object {
  const base = played.url + settings.basePath
  const [account] = settings.accounts
  assert.ok(account)
  return {
    base_url: base,
    ...(settings.hasVerify
      ? { 'verify-payment-url': `${base}/amkpayway/v1/api/payment/payment-verify`, 'secret-key': settings.secretKey }
      : {}),
    'merchant-id': account.merchantId,
    'store-id': account.storeId,
    'terminal-id': account.terminalId,
    currency: settings.accounts.map((one) => one.currency),
    'payee-account': account.payeeAccount,
    ...(account.payeeMerchantId === undefined ? {} : { 'payee-merchant-id': account.payeeMerchantId }),
    auth: {
      endpoint: settings.login.path,
      username: settings.username,
      password: settings.password,
      style: settings.login.style,
    },
    signature: { ...settings.signature, join: settings.signature.join === '' ? 'none' : settings.signature.join },
    'writes-reference': true,
    // Every simulated bank refunds once per id; one promises it, the other does not.
    ...(settings.refunds === 'none'
      ? {}
      : { refund: { path: '/refunds', mode: settings.refunds, idempotent: settings.refunds === 'full' } }),
  }
}
