import type { CallContext } from '../../kit/call.ts'
import type { Deadline } from '../../kit/deadline.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { Exchange } from '../../kit/trouble.ts'
import type { Money } from '../../money/money.ts'
import { Doubt } from '../answer.ts'
import type { Movement, Verification, VerifyKeys } from '../bank.ts'
import { ask, sayCode, troubleOf } from './api.ts'
import type { Parts, Said } from './api.ts'
import { readListed } from './list.ts'
import { movementsOf, readTran } from './translate.ts'
import type { Confirmed } from './translate.ts'

/** For so long after it was made a transaction may not be seen yet; after that, "not found" is no answer. */
const unseenForMs = 60_000
/** Check knows the transactions of 7 days; an hour before that detail is asked instead. */
const checkLooksBackMs = 7 * 86_400_000 - 3_600_000

/** A further call is not begun with less than this left: its answer is asked for again, when there is more time. */
const leastTimeMs = 300

/** One reference that is asked about. */
type Asked = {
  readonly reference: string
  readonly merchantId: string
  /** What our request said; undefined where we do not know of one. */
  readonly amount: Money | undefined
  readonly madeAt: Date | undefined
  /**
   * `shown`: a payer has its code, which PayWay made. `offered`: a payer's browser may have taken it to PayWay's page, or
   * not. `unshown`: PayWay may have it, and no payer. `stranger`: not known to be ours.
   */
  readonly kind: 'shown' | 'offered' | 'unshown' | 'stranger'
}

type Look = {
  readonly state: Verification['state']
  readonly movements: readonly Movement[]
  readonly exchanges: readonly Exchange[]
  readonly doubt?: string | undefined
}

/** Every code at once, within one deadline. Throws `Trouble` where none is paid and one could not be asked about. */
export async function verify(parts: Parts, keys: VerifyKeys, context: CallContext): Promise<Verification> {
  const deadline = parts.guard.startDeadline(context)
  const asked = askedAbout(keys)
  const looks = await Promise.allSettled(asked.map((one) => lookAt(parts, one, context, deadline)))
  return conclude(looks, asked)
}

function askedAbout({ reference, account, codes, unshown }: VerifyKeys): Asked[] {
  const merchantId = account.accountNumber
  const shown = codes.map((one): Asked => {
    const kind = one.qrString === '' ? 'offered' : 'shown'
    return { reference: one.reference, merchantId, amount: one.amount, madeAt: one.createdAt, kind }
  })
  const nothing = { merchantId, amount: undefined, madeAt: undefined }
  const hidden = unshown.map((one): Asked => ({ ...nothing, reference: one, kind: 'unshown' }))
  const asked = [...shown, ...hidden]
  return asked.length > 0 ? asked : [{ ...nothing, reference, kind: 'stranger' }]
}

function conclude(looks: readonly PromiseSettledResult<Look>[], asked: readonly Asked[]): Verification {
  const found = looks.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = looks.find((one) => one.status === 'rejected')
  const movements = found.flatMap((one) => one.movements)
  const exchanges = found.flatMap((one) => one.exchanges)
  if (movements.some((one) => !one.reversed)) return { state: 'paid', movements, exchanges }
  if (failed) throw failed.reason
  const doubted = found.find((one) => one.state === 'unknown')
  if (doubted) return { state: 'unknown', movements: [], exchanges, doubt: doubted.doubt }
  const isKnown = asked.some((one) => one.kind !== 'stranger') || found.some((one) => one.state !== 'not_found')
  return { state: isKnown ? 'unpaid' : 'not_found', movements, exchanges }
}

async function lookAt(parts: Parts, asked: Asked, context: CallContext, deadline: Deadline): Promise<Look> {
  const isOld = asked.madeAt !== undefined && parts.clock.now().getTime() - asked.madeAt.getTime() > checkLooksBackMs
  const exchanges: Exchange[] = []
  const inDoubt = (doubt: string): Look => ({ state: 'unknown', movements: [], exchanges, doubt })
  try {
    const said = await askAbout(parts, isOld ? 'transaction-detail' : 'check-transaction', asked, context, deadline)
    exchanges.push(...said.exchanges)
    if (said.meaning.category === 'unknown') return inDoubt(sayCode(said))
    if (said.meaning.category === 'not_found') return await notSeen(parts, asked, said, context, deadline)
    if (said.meaning.category !== 'done') throw troubleOf(parts, said)
    const tran = readTran(said.body, asked.reference)
    if (tran.state === 'unpaid') return { state: 'unpaid', movements: [], exchanges }
    if (tran.state === 'held') return inDoubt(`${asked.reference} is authorised, and neither charged nor let go`)
    if (isOld) return lookOf(movementsOf(asked, undefined, { detail: tran }), exchanges)
    const confirmed = await confirm(parts, asked, context, deadline, exchanges)
    try {
      return lookOf(movementsOf(asked, tran, confirmed), exchanges)
    } catch (error) {
      if (!(error instanceof Doubt) || confirmed.why === undefined) throw error
      throw new Doubt(`${error.message}; detail was not to be had: ${confirmed.why}`)
    }
  } catch (error) {
    if (error instanceof Doubt) return inDoubt(`${asked.reference}: ${error.message}`)
    if (!(error instanceof Trouble) || error.kind !== 'unreadable') throw error
    return { ...inDoubt(error.message), exchanges: error.exchange ? [...exchanges, error.exchange] : exchanges }
  }
}

function askAbout(
  parts: Parts,
  operation: 'check-transaction' | 'transaction-detail',
  { merchantId, reference }: Asked,
  context: CallContext,
  deadline: Deadline,
): Promise<Said> {
  return ask(parts, { operation, merchantId, fields: { tran_id: reference } }, context, deadline)
}

function lookOf(movements: readonly Movement[], exchanges: readonly Exchange[]): Look {
  return { state: movements.some((one) => !one.reversed) ? 'paid' : 'unpaid', movements, exchanges }
}

/**
 * Code 6 is "not yet" in the first minute. Later it is also what PayWay says to callers that are not white-listed, so that
 * it says nothing of a code that PayWay made. A page may never have been opened: where PayWay answers us otherwise, 6 means
 * that nothing was begun.
 */
async function notSeen(
  parts: Parts,
  asked: Asked,
  said: Said,
  context: CallContext,
  deadline: Deadline,
): Promise<Look> {
  const { kind, madeAt, merchantId } = asked
  const { exchanges } = said
  const nothing = { movements: [], exchanges }
  if (kind === 'stranger') return { state: 'not_found', ...nothing }
  const isYoung = madeAt !== undefined && parts.clock.now().getTime() - madeAt.getTime() < unseenForMs
  if (kind === 'unshown' || isYoung) return { state: 'unpaid', ...nothing }
  const inDoubt: Look = { state: 'unknown', ...nothing, doubt: sayCode(said) }
  if (kind === 'shown') return inDoubt
  const rate = await ask(parts, { operation: 'exchange-rate', merchantId, fields: {} }, context, deadline)
  const isHeard = rate.meaning.category === 'done'
  return { ...(isHeard ? { state: 'unpaid', ...nothing } : inDoubt), exchanges: [...exchanges, ...rate.exchanges] }
}

type Confirmation = Confirmed & { readonly why?: string }

/**
 * Detail confirms the currency and lists second charges; it may be asked ten times a minute, and sees a payment seconds
 * later than check does. Then the list is asked for the currency; and without it, what check says counts where it is
 * exactly what we asked for.
 */
async function confirm(
  parts: Parts,
  asked: Asked,
  context: CallContext,
  deadline: Deadline,
  exchanges: Exchange[],
): Promise<Confirmation> {
  let why: string
  try {
    // Half of what is left, so that there is time for the list when detail says nothing.
    const half = parts.guard.startDeadline({ ...context, deadlineMs: Math.floor(timeLeft(deadline) / 2) })
    const said = await askAbout(parts, 'transaction-detail', asked, context, half)
    exchanges.push(...said.exchanges)
    if (said.meaning.category === 'done') return { detail: readTran(said.body, asked.reference) }
    why = sayCode(said)
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    if (error.exchange) exchanges.push(error.exchange)
    why = error.message
  }
  return { listed: await listedRows(parts, asked, context, deadline, exchanges), why }
}

/** Throws `Doubt` where there is none: what could not be asked for lack of time is no confirmation. */
function timeLeft(deadline: Deadline): number {
  const leftMs = deadline.remainingMs()
  if (leftMs >= leastTimeMs) return leftMs
  throw new Doubt('check says that it was paid, and there was no time left to confirm it')
}

/** Undefined where the list is not to be had. Throws `Doubt` where there is too little time for it. */
async function listedRows(
  parts: Parts,
  { merchantId, reference, madeAt }: Asked,
  context: CallContext,
  deadline: Deadline,
  exchanges: Exchange[],
): Promise<Confirmed['listed']> {
  if (madeAt === undefined) return undefined
  timeLeft(deadline)
  try {
    const listed = await readListed(parts, { merchantId, reference, madeAt }, context, deadline)
    exchanges.push(...listed.exchanges)
    return listed.rows
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    if (error.exchange) exchanges.push(error.exchange)
    if (error.kind === 'timeout') timeLeft(deadline)
    return undefined
  }
}
