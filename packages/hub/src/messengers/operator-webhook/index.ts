import type { HttpAnswer } from '../../kit/http-client.ts'
import { hmacSha256 } from '../../kit/crypto.ts'
import { type ConnectorTools, createGuard } from '../../kit/guard.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { Messenger } from '../messenger.ts'

const target = 'MESSAGE_WEBHOOK'
const operation = 'send'

/**
 * Hands the message to the operator's own system, which reaches the customer as it can. Signed as Standard Webhooks says:
 * `webhook-id`, `webhook-timestamp` (unix seconds), and in `webhook-signature` "v1," with the base64 HMAC-SHA256 of
 * "id.timestamp.body".
 */
export function createOperatorWebhook(
  settings: { readonly url: string; readonly secret: string },
  tools: ConnectorTools,
): Messenger {
  const guard = createGuard(target, tools)
  const key = Buffer.from(settings.secret.replace(/^whsec_/, ''), 'base64')
  return {
    channel: 'webhook',
    recipientOf: () => `the operator's webhook at ${new URL(settings.url).host}`,
    async send({ text, subject, id, ...facts }, { name, email, phone }, context) {
      const body = JSON.stringify({
        type: 'customer.message',
        timestamp: tools.clock.now().toISOString(),
        data: { id, ...facts, recipient: { name, email: email ?? null, phone: phone ?? null }, subject, text },
      })
      const seconds = String(Math.floor(tools.clock.now().getTime() / 1_000))
      const signature = hmacSha256(key, `${id}.${seconds}.${body}`).toString('base64')
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': seconds,
        'webhook-signature': `v1,${signature}`,
      }
      const call = { operation, method: 'POST', url: settings.url, headers, body, repeatable: false } as const
      refuseAnything(await guard.call(call, context, guard.startDeadline(context)))
    },
  }
}

/** The guard lets 4xx through: the operator's system has not taken the message then. */
function refuseAnything({ status }: HttpAnswer): void {
  if (status < 300) return
  throw new Trouble('error_answer', `the operator's webhook answered HTTP ${status}`, {
    target,
    operation,
    outcome: 'not_done',
    httpStatus: status,
  })
}
