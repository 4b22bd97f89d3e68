import type { ConnectorTools } from '../../kit/guard.ts'
import type { Bank } from '../bank.ts'
import { createBankQrApi } from './api.ts'
import { readConfirmation, readWebhook } from './inbound.ts'
import type { BankQrSettings } from './settings.ts'

/** A bank that makes KHQR codes for us, is asked about them by reference, and tells us of payments: AMK and its like. */
export function createBankQr(settings: BankQrSettings, tools: ConnectorTools): Bank {
  const api = createBankQrApi(settings, tools)
  return {
    code: settings.code,
    describe: () => settings.capabilities,
    createQr: api.createQr,
    verify: api.verify,
    ...api.refunds,
    readWebhook: (message, now) => readWebhook(message, now, settings),
    readConfirmation: (message, now) => readConfirmation(message, now, settings),
    checkCredentials: api.checkCredentials,
    probe: api.probe,
  }
}
