import assert from 'node:assert/strict'
import { callSimulated, merchants } from './bad-day.ts'
import type { TestHub } from './running-hub.ts'

/** A bank makes a code of our account that we never asked for: its invoice is unknown to us. */
export async function makeStrangerCode(
  hub: TestHub,
  bank: 'AMK' | 'BANK01',
  code: { readonly billNumber: string; readonly amount: number; readonly currency: 'USD' | 'KHR' },
): Promise<void> {
  const made = await callSimulated(hub, 'POST', `/${bank.toLowerCase()}/qr/generator`, {
    token: await logIn(hub, bank),
    json: { merchantId: merchants[bank], payer: 'A STRANGER', ...code },
  })
  assert.equal(made.status, 200, made.text)
}

/** A token of the bank itself, as our connector gets one. */
export async function logIn(hub: TestHub, bank: 'AMK' | 'BANK01'): Promise<string> {
  const username = 'sample-insurer'
  const password = hub.secrets.banks[bank]?.password ?? ''
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: username, client_secret: password })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const login =
    bank === 'AMK'
      ? await callSimulated(hub, 'POST', '/amk/auth/sign-in', { json: { username, password } })
      : await callSimulated(hub, 'POST', '/bank01/auth/token', { body: form.toString(), headers })
  assert.equal(login.status, 200, login.text)
  return String(login.json['access_token'])
}
