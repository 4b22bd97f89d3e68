import type { Config } from '../config.ts'
import { addressProblem, isLoopbackHost } from '../kit/address.ts'
import type { MessengerSettings } from '../messengers/registry.ts'
import { WrongSetting } from './setting-table.ts'

/**
 * What the channels are made with. Throws `WrongSetting` for one whose settings are half there, for plain HTTP, and in
 * sandbox for one that leaves this machine: its payments are played, and nobody is to be told of them.
 */
export function readMessengerSettings({ messages, mode }: Pick<Config, 'messages' | 'mode'>): MessengerSettings {
  const { smtpUrl, mailFrom, telegramToken, telegramChat, telegramUrl, webhookUrl, webhookSecret } = messages
  const sandbox = mode === 'sandbox'
  if (smtpUrl !== undefined && sandbox && !isLoopbackHost(new URL(smtpUrl).hostname))
    throw new WrongSetting(
      `HUB_SMTP_URL leaves this machine, which sandbox mode does not. Leave it out, or use live mode.`,
    )
  if (telegramToken !== undefined) refuseAddress('HUB_TELEGRAM_URL', telegramUrl, sandbox)
  if (webhookUrl !== undefined) refuseAddress('HUB_MESSAGES_WEBHOOK_URL', webhookUrl, sandbox)
  return {
    smtp: both(['HUB_SMTP_URL', smtpUrl], ['HUB_MAIL_FROM', mailFrom], (url, from) => ({ url, from })),
    telegram: both(['HUB_TELEGRAM_TOKEN', telegramToken], ['HUB_TELEGRAM_CHAT', telegramChat], (token, chat) => ({
      url: telegramUrl,
      token,
      chat,
    })),
    webhook: both(
      ['HUB_MESSAGES_WEBHOOK_URL', webhookUrl],
      ['HUB_MESSAGES_WEBHOOK_SECRET', webhookSecret],
      (url, secret) => ({ url, secret }),
    ),
  }
}

function refuseAddress(name: string, url: string, sandbox: boolean): void {
  const problem = addressProblem(url, { sandbox, allowPlainHttp: false })
  if (problem !== undefined) throw new WrongSetting(`${name} is "${url.slice(0, 80)}": it ${problem}.`)
}

type Named = readonly [name: string, value: string | undefined]

function both<Made>(one: Named, other: Named, make: (one: string, other: string) => Made): Made | undefined {
  if (one[1] !== undefined && other[1] !== undefined) return make(one[1], other[1])
  if (one[1] === undefined && other[1] === undefined) return undefined
  const [there, missing] = one[1] === undefined ? [other[0], one[0]] : [one[0], other[0]]
  throw new WrongSetting(`${there} is set and ${missing} is not: customers could not be told. Set both, or neither.`)
}
