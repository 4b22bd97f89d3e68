import { type ConnectorTools, createGuard } from '../../kit/guard.ts'
import { redactText } from '../../kit/redact.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { Messenger } from '../messenger.ts'

const target = 'TELEGRAM'
const operation = 'sendMessage'
/** Of Telegram's own sentence about a refusal. */
const longestReason = 200

/**
 * Tells the chat that the operator named, through his bot (Bot API, `sendMessage`). A bot cannot write to a telephone
 * number or an e-mail address, so it reaches the counter's or the customers' group, not one customer: nothing of the payer
 * is in it. Telegram has no idempotency key: after an unknown outcome the same text, with its id, may come twice.
 */
export function createTelegram(
  settings: { readonly url: string; readonly token: string; readonly chat: string },
  tools: ConnectorTools,
): Messenger {
  const guard = createGuard(target, tools)
  return {
    channel: 'telegram',
    recipientOf: () => "the operator's chat",
    async send(message, _to, context) {
      const { text, receiptUrl, id } = message
      const body = JSON.stringify({
        chat_id: settings.chat,
        text: `${text.km}\n\n${text.en}\n\n${receiptUrl}\n(${id})`,
        link_preview_options: { is_disabled: true },
      })
      const url = `${settings.url}/bot${settings.token}/${operation}`
      const headers = { 'content-type': 'application/json' }
      const call = { operation, method: 'POST', url, headers, body, repeatable: false } as const
      const answer = await guard.call(call, context, guard.startDeadline(context))
      const said = readAnswer(answer.body)
      if (answer.status < 300 && said.ok) return
      const why = said.reason ?? `HTTP ${answer.status}`
      // Whatever it says besides "ok": it says that nothing was sent, or does not speak as Telegram does.
      throw new Trouble('error_answer', `Telegram did not take the message: ${why}`, {
        target,
        operation,
        outcome: said.reason === undefined ? 'unknown' : 'not_done',
        httpStatus: answer.status,
      })
    },
  }
}

function readAnswer(body: Buffer): { readonly ok: boolean; readonly reason: string | undefined } {
  try {
    const { ok, description } = JSON.parse(body.toString('utf8')) as { ok?: unknown; description?: unknown }
    const reason = typeof description === 'string' ? redactText(description.slice(0, longestReason)) : undefined
    return { ok: ok === true, reason }
  } catch {
    return { ok: false, reason: undefined }
  }
}
