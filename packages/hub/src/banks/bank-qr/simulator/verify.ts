import { jsonNumber } from './amounts.ts'
import { jsonAnswer } from './answers.ts'
import { microsecondText } from './bank-time.ts'
import type { Book } from './book.ts'
import type { Movement } from './book-records.ts'
import type { Answer, Fault, Route, RouteRequest } from './ports.ts'
import type { BankQrSimulatorSettings } from './settings.ts'
import { sameSecret, signatureOf, signedFields } from './signature.ts'

type Bank = { settings: BankQrSimulatorSettings; book: Book }

/**
 * Verify, asked by reference. AMK has published neither the form of its answer nor that of `paidDate`: both are ours
 * (`yyyy-MM-dd HH:mm:ss.SSSSSS`, UTC+7, as in its notices).
 */
export function playVerify(bank: Bank): Route {
  const toldPending = new Map<string, { setAtMs: number; times: number }>()

  function isStillPending(reference: string, fault: Fault | undefined): boolean {
    if (fault?.kind !== 'unpaid-first') return false
    const last = toldPending.get(reference)
    const times = last?.setAtMs === fault.setAtMs ? last.times : 0
    if (times >= Number(fault.value ?? 1)) return false
    toldPending.set(reference, { setAtMs: fault.setAtMs, times: times + 1 })
    return true
  }

  function handle(request: RouteRequest): Answer {
    const form = new URLSearchParams(request.body.toString('utf8'))
    const refusal = refuse(form, request.fault, bank.settings)
    if (refusal) return refusal
    const reference = form.get('txId') ?? ''
    const mode = bank.book.verifyMode(reference)
    if (mode === 'silent') return 'silence'
    if (mode === 'garbage') return { status: 200, contentType: 'application/json', body: '{"status":"SUC\u0000\ufffd' }
    const code = bank.book.codeOf(reference)
    const merchantId = form.get('merchantId') ?? ''
    const bare = bank.settings.verifyForm === 'bare'
    if (code?.merchantId !== merchantId) {
      return jsonAnswer(
        200,
        bare ? { status: 'NOT_FOUND' } : { status: 'NOT_FOUND', txId: reference, merchantId, payments: [] },
      )
    }
    const pending = isStillPending(reference, request.fault) || bank.book.flapsAway(reference)
    const listed = pending ? [] : bank.book.movementsOf(reference).filter((one) => !bank.book.isUnlisted(one))
    const status = listed.length > 0 ? 'SUCCESS' : 'PENDING'
    return jsonAnswer(
      200,
      bare ? { status } : { status, txId: reference, merchantId, ...listing(listed, code.currency) },
    )
  }

  const { basePath, paths } = bank.settings
  const path = paths?.verify ?? `${basePath}/amkpayway/v1/api/payment/payment-verify`
  return { operation: 'verify', method: 'POST', path, handle }
}

/** Movements in one currency share it; in several, each says its own. */
function listing(movements: readonly Movement[], codeCurrency: string): Record<string, unknown> {
  const said = new Set(movements.map((movement) => movement.currency))
  const [only] = said
  return {
    currency: said.size === 1 ? only : codeCurrency,
    payments: movements.map((movement) => ({
      transactionId: movement.transactionId,
      amount: jsonNumber(movement.amount),
      ...(said.size > 1 ? { currency: movement.currency } : {}),
      paidDate: microsecondText(movement.atMicros),
    })),
  }
}

function refuse(
  form: URLSearchParams,
  fault: Fault | undefined,
  settings: BankQrSimulatorSettings,
): Answer | undefined {
  const values: Record<string, string> = {}
  for (const name of signedFields) {
    const value = form.get(name)
    if (value === null || value === '')
      return jsonAnswer(400, { status: 'INVALID_REQUEST', message: `${name} is missing` })
    values[name] = value
  }
  const wanted = signatureOf(values, settings.secretKey, settings.signature)
  if (fault?.kind === 'wrong-secret' || !sameSecret(form.get('hash') ?? '', wanted)) {
    return jsonAnswer(400, { status: 'INVALID_HASH' })
  }
  const digits = settings.signature.timestamp === 'ms' ? 13 : 10
  if (!new RegExp(`^\\d{${digits}}$`).test(values['timestamp'] ?? '')) {
    return jsonAnswer(400, { status: 'INVALID_TIMESTAMP' })
  }
  const known = settings.accounts.some(
    (account) =>
      account.merchantId === values['merchantId'] &&
      account.storeId === values['storeId'] &&
      account.terminalId === values['terminalId'],
  )
  return known ? undefined : jsonAnswer(400, { status: 'INVALID_MERCHANT' })
}
