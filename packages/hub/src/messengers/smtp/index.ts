import type { Transporter } from 'nodemailer'
import type { ConnectorTools } from '../../kit/guard.ts'
import { isInsideTransaction } from '../../kit/open-transaction.ts'
import { maskEmail } from '../../kit/mask.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { CustomerMessage, Messenger } from '../messenger.ts'

const target = 'SMTP'
const operation = 'send'
/** For connecting, for the server's greeting, and for silence after it, in milliseconds. */
const patienceMs = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 10_000 }

/**
 * E-mail, in Khmer and English, plain text. Its Message-ID is our id, so that a mail server or reader can tell a second
 * sending from a second message. A mail server that offers TLS is spoken to in TLS.
 */
export function createSmtp(
  settings: { readonly url: string; readonly from: string },
  tools: Pick<ConnectorTools, 'metrics' | 'clock' | 'log'>,
): Messenger {
  const transport = openTransport(settings.url)
  const domain = settings.from.split('@').at(-1)?.replace(/>$/, '') ?? 'khqr-hub'
  return {
    channel: 'email',
    recipientOf: ({ email }) => (isAddress(email) ? maskEmail(email) : undefined),
    async send(message, { email }, { correlationId }) {
      if (!isAddress(email)) throw trouble('the payer has no e-mail address', 'not_done')
      if (isInsideTransaction()) throw new Error('A mail is sent while a database transaction is open')
      const startedMs = tools.clock.monotonicMs()
      let outcome = 'ok'
      try {
        await (await transport).sendMail({
          from: settings.from,
          to: { name: '', address: email },
          messageId: `<${message.id}@${domain}>`,
          subject: `${message.subject.km} / ${message.subject.en}`,
          text: textOf(message),
          headers: { 'Auto-Submitted': 'auto-generated' },
        })
      } catch (error) {
        outcome = 'error_answer'
        throw asTrouble(error, email)
      } finally {
        const durationMs = Math.round(tools.clock.monotonicMs() - startedMs)
        tools.metrics.callSeconds.observe({ target, operation, outcome }, durationMs / 1_000)
        tools.log.info(
          { event: 'bank.call', correlationId, target, operation, outcome, durationMs },
          `${target} ${operation}: ${outcome}`,
        )
      }
    },
  }
}

/** Loaded where mails are sent: a hub that sends none starts without it. Where it cannot be loaded the start fails. */
async function openTransport(url: string): Promise<Transporter> {
  const { createTransport } = await import('nodemailer')
  return createTransport({ url, ...patienceMs, disableFileAccess: true, disableUrlAccess: true })
}

function textOf({ text, receiptUrl }: CustomerMessage): string {
  return `${text.km}\nបង្កាន់ដៃ៖ ${receiptUrl}?lang=km\n\n${text.en}\nReceipt: ${receiptUrl}?lang=en\n`
}

/** One address and nothing else: a comma or a line break would reach others. */
function isAddress(email: string | undefined): email is string {
  return email !== undefined && /^[^\s@<>,;:"()[\]\\]{1,64}@[^\s@<>,;:"()[\]\\]{1,255}$/.test(email)
}

function asTrouble(error: unknown, email: string): Trouble {
  const status = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : undefined
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  // The server's own words may repeat the address: only its number is kept.
  const said = status === undefined ? code || 'no answer' : `it answered ${status}`
  const isRefused = status !== undefined || ['ECONNECTION', 'EDNS', 'EAUTH', 'ETLS', 'EENVELOPE'].includes(code)
  return trouble(`the mail to ${maskEmail(email)} was not taken: ${said}`, isRefused ? 'not_done' : 'unknown')
}

function trouble(sentence: string, outcome: 'not_done' | 'unknown'): Trouble {
  return new Trouble('error_answer', sentence, { target, operation, outcome })
}
