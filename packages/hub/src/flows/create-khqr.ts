import type { MerchantAccount } from '../banks/bank.ts'
import { Refusal } from '../domain/errors.ts'
import { Trouble } from '../kit/trouble.ts'
import { readPayment } from '../store/payments.ts'
import type { Asker, BankAtWork, Hub } from './hub.ts'
import { inquireBill } from './inquire-bill.ts'
import { makeCode, type QrSession } from './make-code.ts'

/** A bill's code. `servedBy`: the bank whose code it is, where that is not the bank that was asked for. */
export type Khqr = QrSession & { readonly servedBy: string | undefined }

type Order = { readonly at: BankAtWork; readonly billNumber: string }
type Client = Asker & { readonly subject: string }

/**
 * The bill's QR at this bank: the open session's, or a new one. The amount is looked up afresh. While the bank cannot make
 * codes, the next bank of its list does. Throws `Refusal`.
 */
export async function createKhqr(hub: Hub, asker: Client, { at, billNumber }: Order): Promise<Khqr> {
  const { payment } = await inquireBill(hub, asker, {
    query: billNumber,
    bankCode: at.code,
    channel: 'KHQR_PAYMENT',
    fresh: true,
  })
  const { number, amount } = payment
  const account = accountIn(at, amount.currency)
  if (!account) throw new Refusal('MERCHANT_NOT_BIND', `No active merchant account at ${at.code} in ${amount.currency}`)
  const standIn = at.fallback.length === 0 ? undefined : await findStandIn(hub, at, number)
  if (standIn) return standIn
  const made = await makeCode(hub, asker, { at, account, number })
  if (made.kind === 'shown') return { ...made.session, servedBy: undefined }
  for (const code of at.fallback) {
    const served = await serveInstead(hub, asker, code, payment)
    if (!served) continue
    const { message } = made.refusal
    hub.log.warn(
      {
        event: 'khqr.fallback',
        bank: at.code,
        servedBy: code,
        paymentNumber: number,
        correlationId: asker.correlationId,
      },
      `${code} made a code, as its bank could not: ${message}`,
    )
    return { ...served, servedBy: code }
  }
  throw made.refusal
}

/**
 * The open session of a bank that stood in: whoever asks for the same bill again gets the same code, also when the bank is
 * back meanwhile.
 */
async function findStandIn(hub: Hub, at: BankAtWork, number: number): Promise<Khqr | undefined> {
  const payment = await readPayment(hub.db, number)
  const asked = payment?.attempts.findLast((one) => one.bankCode === at.code)
  if (!payment || !asked || asked.qrString !== undefined) return undefined
  const now = hub.clock.now()
  const { attempts } = payment
  for (const attempt of attempts.slice(attempts.indexOf(asked)).toReversed()) {
    const { qrString, bankCode } = attempt
    const isOpen = attempt.state === 'open' && attempt.expiresAt > now && at.fallback.includes(bankCode)
    if (isOpen && qrString !== undefined) return { payment, attempt: { ...attempt, qrString }, servedBy: bankCode }
  }
  return undefined
}

/** This bank's code for the payment; undefined where it cannot make one either. */
async function serveInstead(
  hub: Hub,
  asker: Client,
  code: string,
  { number, amount }: Pick<QrSession['payment'], 'number' | 'amount'>,
): Promise<QrSession | undefined> {
  const at = hub.banks.get(code)
  const account = at && accountIn(at, amount.currency)
  if (!at?.active || !account || !(await canBeProved(at))) return undefined
  try {
    const made = await makeCode(hub, asker, { at, account, number })
    return made.kind === 'shown' ? made.session : undefined
  } catch (error) {
    // Nothing is due any more, or not our caller's bank's trouble: that of the bank he asked for is what he is told.
    if (!(error instanceof Refusal) || error.code === 'RESOURCE_NOT_FOUND') throw error
    return undefined
  }
}

/** A payment at a bank that counts our calls is proved by one of them: without any left it must not be asked for. */
async function canBeProved({ bank }: BankAtWork): Promise<boolean> {
  if (!bank.describe().callsAreCounted) return true
  try {
    const allowance = await bank.allowance?.()
    return allowance !== undefined && allowance.left > 0 && !allowance.latched
  } catch (error) {
    if (error instanceof Trouble) return false
    throw error
  }
}

function accountIn(at: BankAtWork, currency: MerchantAccount['currency']): MerchantAccount | undefined {
  return at.accounts.find((one) => one.active && one.currency === currency)
}
