import { anyText, originOrNothing, plain, secret } from './setting-kinds.ts'

/** How customers are told of their payments, beside the receipt on our pages: a channel is used when its settings are there. */
export const messageSettings = [
  secret(
    'messages.smtpUrl',
    'HUB_SMTP_URL',
    'The mail server that customers’ e-mail goes through, with user and password. Left out: no e-mail. TLS from the start is `smtps://`.',
    'URL',
    'smtps://hub:made-up-password@mail.example:465',
    smtpUrl,
  ),
  plain(
    'messages.mailFrom',
    'HUB_MAIL_FROM',
    'The sender of that e-mail. Needed with HUB_SMTP_URL.',
    'e-mail address',
    'receipts@hub.example',
    '',
    addressOrNothing,
  ),
  secret(
    'messages.telegramToken',
    'HUB_TELEGRAM_TOKEN',
    'Token of the Telegram bot that tells of payments. Left out: no Telegram.',
    'text',
    '123456:made-up-token',
    telegramToken,
  ),
  plain(
    'messages.telegramChat',
    'HUB_TELEGRAM_CHAT',
    'The chat, group or channel that the bot writes to: a bot cannot write to a telephone number. Needed with the token.',
    'chat id or @name',
    '@sample_counter',
    '',
    chatOrNothing,
  ),
  plain(
    'messages.telegramUrl',
    'HUB_TELEGRAM_URL',
    'Where Telegram’s Bot API is.',
    'origin',
    'https://telegram.hub.example',
    'https://api.telegram.org',
    originOrNothing,
  ),
  plain(
    'messages.webhookUrl',
    'HUB_MESSAGES_WEBHOOK_URL',
    'A system of yours that each customer’s message is handed to, with recipient and receipt. Empty: none.',
    'URL',
    'https://notify.hub.example/khqr',
    '',
    webUrlOrNothing,
  ),
  secret(
    'messages.webhookSecret',
    'HUB_MESSAGES_WEBHOOK_SECRET',
    'Signs what is handed to it, as Standard Webhooks says. Needed with the URL.',
    '`whsec_` and base64 of 24 to 64 bytes',
    'whsec_$(openssl rand -base64 32)',
    webhookSecret,
  ),
  plain(
    'receipts.issuer',
    'HUB_RECEIPT_ISSUER',
    'Whose name stands at the head of customers’ receipts. Empty: none.',
    'text',
    'Sample Insurance Plc.',
    '',
    anyText,
  ),
] as const

function smtpUrl(text: string): string | undefined {
  const isSmtp = URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol) && new URL(text).hostname !== ''
  return isSmtp ? undefined : 'must be a URL such as smtps://user:password@mail.example:465'
}

function addressOrNothing(text: string): string | undefined {
  return /^([^\s@<>,;]+@[^\s@<>,;]+)?$/.test(text) ? undefined : 'must be one e-mail address'
}

function telegramToken(text: string): string | undefined {
  return /^\d{1,20}:[A-Za-z0-9_-]{1,100}$/.test(text) ? undefined : 'must be a bot’s token: digits, a colon, letters'
}

function chatOrNothing(text: string): string | undefined {
  return /^(-?\d{1,20}|@[A-Za-z0-9_]{1,64})?$/.test(text) ? undefined : 'must be a chat’s number, or its @name'
}

function webUrlOrNothing(text: string): string | undefined {
  const isWeb = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).username === ''
  return text === '' || isWeb ? undefined : 'must be a URL such as https://notify.example/path, without a password'
}

function webhookSecret(text: string): string | undefined {
  const [, key = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? []
  const bytes = Buffer.from(key, 'base64').length
  return bytes >= 24 && bytes <= 64 ? undefined : 'must be whsec_ and base64 of 24 to 64 bytes'
}
