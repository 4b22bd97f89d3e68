import type { ConnectorTools } from '../kit/guard.ts'
import type { Messenger } from './messenger.ts'
import { createOperatorWebhook } from './operator-webhook/index.ts'
import { createSmtp } from './smtp/index.ts'
import { createTelegram } from './telegram/index.ts'

/** A channel is used when its settings are there. */
export type MessengerSettings = {
  /** `url`: smtp:// or smtps://, with user and password. `from`: the sender's address. */
  readonly smtp: { readonly url: string; readonly from: string } | undefined
  readonly telegram: { readonly url: string; readonly token: string; readonly chat: string } | undefined
  /** `secret` in the form of Standard Webhooks: `whsec_` and base64. */
  readonly webhook: { readonly url: string; readonly secret: string } | undefined
}

/** Every channel that is configured; none: customers find their receipts on our pages. */
export function createMessengers(settings: MessengerSettings, tools: ConnectorTools): Messenger[] {
  const { smtp, telegram, webhook } = settings
  return [
    ...(smtp ? [createSmtp(smtp, tools)] : []),
    ...(telegram ? [createTelegram(telegram, tools)] : []),
    ...(webhook ? [createOperatorWebhook(webhook, tools)] : []),
  ]
}
