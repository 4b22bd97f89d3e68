import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '../config.ts'
import { readMessengerSettings } from './messengers.ts'
import { WrongSetting } from './setting-table.ts'

const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const live = { HUB_MODE: 'live', DATABASE_URL: 'postgresql://hub@db.example/hub', JWT_SECRET: 'made-up-'.repeat(5) }

function read(env: Record<string, string>) {
  return readMessengerSettings(readConfig({}, env))
}

test('without settings nobody is told but by the receipt’s page', () => {
  assert.deepEqual(read({}), { smtp: undefined, telegram: undefined, webhook: undefined })
})

test('in live mode each channel takes what it needs', () => {
  const settings = read({
    ...live,
    HUB_SMTP_URL: 'smtps://hub:made-up@mail.example:465',
    HUB_MAIL_FROM: 'receipts@hub.example',
    HUB_TELEGRAM_TOKEN: '1:made-up',
    HUB_TELEGRAM_CHAT: '-1001',
    HUB_MESSAGES_WEBHOOK_URL: 'https://notify.example/khqr',
    HUB_MESSAGES_WEBHOOK_SECRET: secret,
  })
  assert.deepEqual(settings, {
    smtp: { url: 'smtps://hub:made-up@mail.example:465', from: 'receipts@hub.example' },
    telegram: { url: 'https://api.telegram.org', token: '1:made-up', chat: '-1001' },
    webhook: { url: 'https://notify.example/khqr', secret },
  })
})

const wrong: readonly (readonly [string, Record<string, string>])[] = [
  ['half of a channel', { ...live, HUB_MAIL_FROM: 'receipts@hub.example' }],
  ['half of another', { ...live, HUB_TELEGRAM_TOKEN: '1:made-up' }],
  [
    'a webhook over plain HTTP',
    { ...live, HUB_MESSAGES_WEBHOOK_URL: 'http://notify.example', HUB_MESSAGES_WEBHOOK_SECRET: secret },
  ],
  ['a sandbox that mails to others', { HUB_SMTP_URL: 'smtp://mail.example', HUB_MAIL_FROM: 'receipts@hub.example' }],
  ['a sandbox that writes to Telegram', { HUB_TELEGRAM_TOKEN: '1:made-up', HUB_TELEGRAM_CHAT: '-1001' }],
  [
    'a short secret',
    { ...live, HUB_MESSAGES_WEBHOOK_URL: 'https://notify.example', HUB_MESSAGES_WEBHOOK_SECRET: 'whsec_AAAA' },
  ],
]
for (const [what, env] of wrong) {
  test(`${what} is refused by name, and no secret is printed`, () => {
    assert.throws(
      () => read(env),
      (error: unknown) =>
        error instanceof WrongSetting && /HUB_/.test(error.message) && !/made-up|AAAA/.test(error.message),
    )
  })
}
