/** For tests: a client of a simulated bank of the QR kind. */
import { signatureOf } from '../../banks/bank-qr/simulator/signature.ts'
import type { BankQrSimulatorSettings } from '../../banks/bank-qr/simulator/settings.ts'
import { call, type Said } from './test-process.ts'

const formType = { 'content-type': 'application/x-www-form-urlencoded' }

export function logIn(url: string, bank: BankQrSimulatorSettings): Promise<Said> {
  const at = url + bank.basePath + bank.login.path
  const { username, password } = bank
  if (bank.login.style === 'json-password') return call('POST', at, { username, password })
  const form = { grant_type: 'client_credentials', client_id: username, client_secret: password }
  return call('POST', at, new URLSearchParams(form).toString(), formType)
}

/** Logs in and asks for a code: USD 150.00 for SAMPLE PAYER unless the order says otherwise. */
export async function makeQr(
  url: string,
  bank: BankQrSimulatorSettings,
  order: Record<string, unknown>,
): Promise<Said> {
  const authorization = await bearer(url, bank)
  const merchantId = bank.accounts[0]?.merchantId
  const usual = { merchantId, currency: 'USD', amount: 150, payer: 'SAMPLE PAYER' }
  return call('POST', `${url}${bank.basePath}/qr/generator`, { ...usual, ...order }, authorization)
}

export function verify(url: string, bank: BankQrSimulatorSettings, reference: string): Promise<Said> {
  const [account] = bank.accounts
  const now = Date.now()
  const values: Record<string, string> = {
    merchantId: account?.merchantId ?? '',
    storeId: account?.storeId ?? '',
    terminalId: account?.terminalId ?? '',
    txId: reference,
    timestamp: String(bank.signature.timestamp === 'ms' ? now : Math.floor(now / 1000)),
  }
  const form = new URLSearchParams({ ...values, hash: signatureOf(values, bank.secretKey, bank.signature) })
  return call('POST', `${url}${bank.basePath}/amkpayway/v1/api/payment/payment-verify`, form.toString(), formType)
}

/** Logs in and asks for money back. */
export async function askRefund(url: string, bank: BankQrSimulatorSettings, order: unknown): Promise<Said> {
  return call('POST', `${url}${bank.basePath}/refunds`, order, await bearer(url, bank))
}

/** Logs in and reads what went back of a movement. */
export async function readRefunds(url: string, bank: BankQrSimulatorSettings, transactionId: string): Promise<Said> {
  const query = new URLSearchParams({ merchantId: bank.accounts[0]?.merchantId ?? '', transactionId })
  return call('GET', `${url}${bank.basePath}/refunds?${query}`, undefined, await bearer(url, bank))
}

async function bearer(url: string, bank: BankQrSimulatorSettings): Promise<Record<string, string>> {
  const { json } = await logIn(url, bank)
  return { authorization: `Bearer ${String(json['access_token'])}` }
}
