import type { Book as BakongBook } from '../../../banks/bakong/simulator/book.ts'
import type { Book as BankBook } from '../../../banks/bank-qr/simulator/book.ts'
import type { Entry } from '../../../banks/payway/simulator/book.ts'
import type { World } from '../world.ts'
import { type CodeOnScreen, problemOf, readCode, type UnreadProblem } from './read-code.ts'

/** A code as the phone shows it: all but bank, reference and state stands in the code itself. */
export type SeenCode = {
  /** The played bank that takes the money. */
  readonly bank: string
  readonly kind: 'bank' | 'bakong' | 'payway'
  readonly qr: string
  readonly merchantName: string
  readonly account: string
  /** Undefined on a code that says none: the customer types it. */
  readonly amount: string | undefined
  readonly currency: CodeOnScreen['currency']
  /** As the bank knows the payment. */
  readonly reference: string
  /** 0 where the code does not say. */
  readonly createdAtMs: number
  readonly endsAtMs: number | undefined
  /** `closed`: the bank lets nobody pay it any more, although its time is not over. */
  readonly state: 'waiting' | 'ended' | 'paid' | 'closed'
}

/** Codes of one bank that are looked at: a bench makes very many, and nobody reads more. */
const newestOfABank = 200
const endedIsShownForMs = 3_600_000

/** The codes that may be paid now, and those that ended lately unpaid, the newest first. */
export function waitingCodes(world: World): { waiting: SeenCode[]; ended: SeenCode[] } {
  const seen = candidates(world).flatMap(({ qr, ...where }) => {
    const code = look(qr, where, world.nowMs())
    return code === undefined ? [] : [code]
  })
  seen.sort((left, right) => right.createdAtMs - left.createdAtMs)
  const since = world.nowMs() - endedIsShownForMs
  return {
    waiting: seen.filter(({ state }) => state === 'waiting'),
    ended: seen.filter(({ state, endsAtMs = 0 }) => state === 'ended' && endsAtMs > since),
  }
}

/** What a scanned text is, or why nobody here can pay it. */
export function findCode(world: World, qr: string): SeenCode | { readonly problem: FindProblem } {
  const reading = readCode(qr)
  if (!reading) return { problem: problemOf(qr) }
  const where = placeOf(world, qr, reading)
  if (where === undefined) return { problem: 'elsewhere' }
  if (where === 'dead') return { problem: 'dead' }
  return look(qr, where, world.nowMs()) ?? { problem: 'unreadable' }
}

/** `elsewhere`: no bank played here has this account. `dead`: the bank itself says that nobody can pay it. */
export type FindProblem = UnreadProblem | 'elsewhere' | 'dead'

type Where = Pick<SeenCode, 'bank' | 'kind' | 'reference'> & { readonly isPaid: boolean; readonly isClosed: boolean }

function look(qr: string, { isPaid, isClosed, ...where }: Where, nowMs: number): SeenCode | undefined {
  const reading = readCode(qr)
  if (!reading) return undefined
  const isOver = reading.endsAtMs !== undefined && reading.endsAtMs < nowMs
  const state = isPaid ? 'paid' : isClosed ? 'closed' : isOver ? 'ended' : 'waiting'
  const { merchantName, account, amount, currency, createdAtMs, endsAtMs } = reading
  return { ...where, qr, merchantName, account, amount, currency, createdAtMs, endsAtMs, state }
}

function candidates(world: World): (Where & { readonly qr: string })[] {
  const bakong = [...world.bakong].flatMap(([bank, { book }]) =>
    newest(book.linked()).flatMap((qr) => {
      const reading = readCode(qr)
      return reading ? [{ qr, ...atBakong(bank, book, reading) }] : []
    }),
  )
  const payway = [...world.payway].flatMap(([bank, { book }]) =>
    newest(book.entries())
      .filter(({ tran }) => tran.qr !== '')
      .map((entry) => ({ qr: entry.tran.qr, ...atPayway(bank, entry) })),
  )
  const banks = [...world.banks].flatMap(([bank, { book }]) =>
    newest(book.codes()).map((code) => ({ qr: code.qr, ...atBank(bank, book, code.billNumber) })),
  )
  return [...banks, ...bakong, ...payway]
}

function placeOf(world: World, qr: string, reading: CodeOnScreen) {
  for (const [bank, { book }] of world.banks) {
    const code = book.codeByText(qr)
    if (code) return atBank(bank, book, code.billNumber)
  }
  for (const [bank, { book }] of world.payway) {
    const entry = book.byCode(qr)
    if (entry !== undefined) return entry === 'dead' ? entry : atPayway(bank, entry)
  }
  // Whatever names one of its accounts is Bakong's to pay, whether it heard of the code or not.
  for (const [bank, { settings, book }] of world.bakong) {
    if (settings.accounts.some(({ accountId }) => accountId === reading.account)) return atBakong(bank, book, reading)
  }
  return undefined
}

function atBank(bank: string, book: BankBook, reference: string): Where {
  return { bank, kind: 'bank', reference, isPaid: book.movementsOf(reference).length > 0, isClosed: false }
}

function atBakong(bank: string, book: BakongBook, reading: CodeOnScreen): Where {
  const { md5, billNumber = md5 } = reading
  return { bank, kind: 'bakong', reference: billNumber, isPaid: book.firstOf(md5) !== undefined, isClosed: false }
}

function atPayway(bank: string, { tran, charges, isClosed }: Entry): Where {
  const isPaid = charges.some(({ fate }) => fate === 'booked')
  return { bank, kind: 'payway', reference: tran.tranId, isPaid, isClosed }
}

function newest<One>(all: readonly One[]): One[] {
  return all.slice(-newestOfABank)
}
