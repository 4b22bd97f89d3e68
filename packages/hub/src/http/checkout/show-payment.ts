import type { HostedPage } from '../../banks/purchase.ts'
import { pageAttempt } from '../../domain/order.ts'
import type { Payment } from '../../domain/payment.ts'
import { customerReceiptLink } from '../../flows/customer-receipt-link.ts'
import type { Hub } from '../../flows/hub.ts'
import { showBankPage } from '../../flows/show-bank-page.ts'
import { readCheckout } from '../../store/checkouts.ts'
import { isWithdrawn } from '../../store/orders.ts'
import { listHeldMoney } from '../../store/suspense.ts'
import { readTopup } from '../../store/topups.ts'
import type { PageChoices } from '../page-choices.ts'
import type { PageLook } from '../page-look.ts'
import { payeeOf, shownCode } from '../shown-code.ts'
import { readGoneMoney } from './gone-money.ts'
import { type PaymentPage, paymentPage } from './page.ts'
import { maySayPaid } from './page-parts.ts'
import { type PageFacts, pageFacts, pageRules, pageVersion } from './page-state.ts'
import type { ReplyName } from './words.ts'

export type ShownPage = { readonly html: string; readonly bankPage: HostedPage | undefined }

/** Of money of one payment that waits for a person, so many ids are shown at most. */
const mostHeldIds = 5

/** A payment's page as it is now, with everything that is read for it. */
export async function showPayment(
  hub: Hub,
  look: PageLook,
  how: {
    readonly payment: Payment
    readonly choices: PageChoices
    readonly reply: ReplyName | undefined
    readonly topupPage: string | undefined
  },
): Promise<ShownPage> {
  const { payment, choices } = how
  const { number } = payment
  const now = hub.clock.now()
  const gone = await readGoneMoney(hub, [payment])
  const facts = pageFacts(payment, now, pageRules(hub), gone.get(number))
  const topup = await readTopup(hub.db, number)
  const checkout = await readCheckout(hub.db, number)
  const bankPage = facts.state === 'bank_page' ? await showBankPage(hub, payment) : undefined
  const heldMoney =
    facts.held.length === 0
      ? []
      : await listHeldMoney(hub.db, {
          state: 'open',
          paymentNumber: number,
          most: mostHeldIds,
          reason: undefined,
          bankCode: undefined,
          before: undefined,
        })
  const code = shownCode(payment)
  const page: PaymentPage = {
    ...choices,
    status: payment.status,
    version: pageVersion(payment, facts),
    facts,
    kind: payment.payableKind,
    amount: payment.amount,
    merchant: payeeOf(code?.qrString, choices.language),
    billNumber: topup?.billNumber ?? payment.billNumber,
    paymentNumber: number,
    heldIds: [...heldMoney.map(({ id }) => `sus_${id}`), ...heldElsewhere(payment, facts)],
    code,
    isMaking: payment.attempts.at(-1)?.state === 'creating',
    bankPage: bankPage && { ...bankPage, expiresAt: pageAttempt(payment)?.expiresAt ?? now },
    isDelayed: topup?.confirmation === 'delayed',
    nextCheckAt: topup?.nextCheckAt,
    lateCounts: await lateCounts(hub, payment),
    isAsked: isAsked(hub, payment),
    now,
    reply: replyFor(hub, payment, how.reply, facts),
    receiptUrl: await customerReceiptLink(hub, payment),
    returnUrl: checkout?.returnUrl,
    cancelUrl: checkout?.cancelUrl,
    topupPage: how.topupPage,
  }
  return { html: paymentPage(look, page), bankPage }
}

/** The payment of the same bill whose money waits. */
function heldElsewhere({ bill: { heldBy } }: Payment, { state, held }: PageFacts): string[] {
  return state === 'held' && held.length === 0 && heldBy !== undefined ? [String(heldBy)] : []
}

/** What is said must still be true: by now the money may have come. */
function replyFor(hub: Hub, payment: Payment, reply: ReplyName | undefined, facts: PageFacts): ReplyName | undefined {
  if (facts.isPaid) return undefined
  const isAboutPaying = reply === 'askedAndUnsure' || reply === 'notAskedNow'
  if (!isAboutPaying) return reply
  if (!maySayPaid(facts)) return undefined
  return isAsked(hub, payment) ? reply : 'bankTells'
}

/** Whether any bank with a code of it can be asked; a bank that is gone from the settings may be there again. */
function isAsked(hub: Hub, { attempts }: Payment): boolean {
  return attempts.length === 0 || attempts.some((one) => canBeAsked(hub, one.bankCode))
}

function canBeAsked(hub: Hub, bankCode: string): boolean {
  return hub.banks.get(bankCode)?.bank.describe().verify !== 'never'
}

/** Whether money that is found after its end settles it: never where nothing is owed any more, however it was settled. */
async function lateCounts(hub: Hub, payment: Payment): Promise<boolean> {
  const bankCode = payment.attempts.at(-1)?.bankCode ?? ''
  const isAccepted = hub.banks.get(bankCode)?.policy.money.latePolicy === 'accept'
  const { completedBy, heldBy } = payment.bill
  if (!isAccepted || completedBy !== undefined || heldBy !== undefined) return false
  return payment.payableKind !== 'order' || !(await isWithdrawn(hub.db, payment.billNumber))
}
