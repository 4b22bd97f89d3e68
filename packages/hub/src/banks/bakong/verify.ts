import type { CallContext } from '../../kit/call.ts'
import type { Deadline } from '../../kit/deadline.ts'
import { keptBody } from '../../kit/exchange.ts'
import { writeJson } from '../../kit/json.ts'
import { Trouble } from '../../kit/trouble.ts'
import type { Exchange } from '../../kit/trouble.ts'
import { Doubt } from '../answer.ts'
import type { Movement, Verification, VerifyKeys } from '../bank.ts'
import { plainFields, trouble } from './api.ts'
import type { Parts } from './api.ts'
import { checkTransaction, checkTransactions, longestList } from './status-calls.ts'
import { readListAnswer, readTransactionAnswer } from './translate.ts'
import type { Asked, Finding } from './translate.ts'

/** After this the call about many codes is tried again. */
const listsClosedForMs = 24 * 3_600_000
const mostStaticCodes = 1_000

/** What was found about one code, with the exchange that says so. */
type Look = Finding & { readonly exchange: Exchange | undefined }

/** How many codes one status call may ask about now. */
export function codesPerCall({ memory, clock }: Parts): number {
  const { listsClosedAtMs } = memory
  const isOpen = listsClosedAtMs === undefined || clock.monotonicMs() - listsClosedAtMs >= listsClosedForMs
  return isOpen ? longestList : 1
}

/** One payment, within one deadline. Throws `Trouble` where none of its codes is paid and one could not be asked about. */
export async function verify(parts: Parts, keys: VerifyKeys, context: CallContext): Promise<Verification> {
  const deadline = parts.guard.startDeadline(context)
  const [answer] = await look(parts, [keys], context, () => deadline)
  if (!answer || answer instanceof Trouble) throw answer
  return answer
}

/** Several payments, with a deadline for each call. */
export function verifyMany(
  parts: Parts,
  keys: readonly VerifyKeys[],
  context: CallContext,
): Promise<(Verification | Trouble)[]> {
  return look(parts, keys, context, () => parts.guard.startDeadline(context))
}

async function look(
  parts: Parts,
  keys: readonly VerifyKeys[],
  context: CallContext,
  deadlineOf: () => Deadline,
): Promise<(Verification | Trouble)[]> {
  const looks = new Map<string, Look>()
  let stopped: Trouble | undefined
  try {
    let left = codesOf(parts, keys, looks)
    while (left.length > 0) {
      const batch = left.slice(0, codesPerCall(parts))
      const [only] = batch
      if (only && batch.length === 1) {
        looks.set(only.md5, await askOne(parts, only, context, deadlineOf()))
        left = left.slice(1)
        continue
      }
      const found = await askMany(parts, batch, context, deadlineOf())
      if (found instanceof Trouble) {
        stopped = onlyOneByOne(parts, found)
        left = left.filter(({ reference }) => reference === only?.reference)
        continue
      }
      for (const [md5, one] of found) looks.set(md5, one)
      left = left.slice(batch.length)
    }
  } catch (error) {
    if (!(error instanceof Trouble)) throw error
    stopped = error
  }
  const notAsked = stopped ?? trouble(parts, 'check-md5', 'error_answer', 'the code was not asked about')
  return keys.map((one) => conclude(one, looks, notAsked))
}

type Code = Asked & { readonly reference: string }

/** Every code once, in the order of the keys. What Bakong called static is not asked about again. */
function codesOf({ memory, clock }: Parts, keys: readonly VerifyKeys[], looks: Map<string, Look>): Code[] {
  const codes = new Map<string, Code>()
  for (const { reference, account, codes: shown } of keys) {
    for (const { md5 } of shown) {
      if (memory.staticCodes.has(md5)) {
        looks.set(md5, {
          state: 'unknown',
          movements: [],
          doubt: 'Bakong called this code static',
          exchange: undefined,
        })
      } else if (!codes.has(md5)) {
        codes.set(md5, { md5, reference, payeeAccount: account.payeeAccount, now: clock.now() })
      }
    }
  }
  return [...codes.values()]
}

async function askOne(parts: Parts, code: Code, context: CallContext, deadline: Deadline): Promise<Look> {
  const { memory } = parts
  try {
    const { exchange, ...read } = await checkTransaction(parts, { by: 'md5', md5: code.md5 }, context, deadline)
    if ('doubt' in read) return { state: 'unknown', movements: [], doubt: read.doubt, exchange }
    const finding = readTransactionAnswer(read.envelope, code)
    noteStatic(parts, code.md5, finding)
    return { ...finding, exchange }
  } catch (error) {
    // Not the list alone is refused: what was concluded from its refusal does not hold.
    if (error instanceof Trouble && error.httpStatus === 403) memory.listsClosedAtMs = undefined
    throw error
  }
}

/** A `Trouble` that is given back says that lists are refused, which single calls may not be. */
async function askMany(
  parts: Parts,
  batch: readonly Code[],
  context: CallContext,
  deadline: Deadline,
): Promise<ReadonlyMap<string, Look> | Trouble> {
  const { memory, clock } = parts
  const md5s = batch.map(({ md5 }) => md5)
  const inDoubt = (doubt: string, exchange: Exchange | undefined): Map<string, Look> =>
    new Map(md5s.map((md5) => [md5, { state: 'unknown', movements: [], doubt, exchange: excerpt(exchange, md5) }]))
  try {
    const { exchange, ...read } = await checkTransactions(parts, 'md5', md5s, context, deadline)
    memory.listsClosedAtMs = undefined
    if ('doubt' in read) return inDoubt(read.doubt, exchange)
    try {
      const items = readListAnswer(read.envelope, batch)
      return new Map(
        [...items].map(([md5, { finding, items: kept }]) => {
          noteStatic(parts, md5, finding)
          return [md5, { ...finding, exchange: excerpt(exchange, md5, kept) }]
        }),
      )
    } catch (error) {
      if (error instanceof Doubt) return inDoubt(error.message, exchange)
      throw error
    }
  } catch (error) {
    if (!(error instanceof Trouble) || !isClosed(error)) throw error
    memory.listsClosedAtMs = clock.monotonicMs()
    return error
  }
}

/** One by one they cost as many calls as there are codes: whoever planned one call for all of them plans again. */
function onlyOneByOne(parts: Parts, { httpStatus }: Trouble): Trouble {
  const why = `lists are refused (HTTP ${httpStatus}); this code was not asked about, and costs a call of its own`
  return trouble(parts, 'check-md5', 'quota', why, { retryAfterS: 1 })
}

/** Production was seen to answer 403 to lists of MD5s alone. */
function isClosed({ httpStatus }: Trouble): boolean {
  return httpStatus === 403 || httpStatus === 404 || httpStatus === 405
}

/** Of a call about many payments, what is kept beside one of them: its own part. An answer that has no parts is kept whole. */
function excerpt(exchange: Exchange | undefined, md5: string, items?: readonly unknown[]): Exchange | undefined {
  if (!exchange) return undefined
  const requestBody = writeJson([md5])
  if (!items) return { ...exchange, requestBody }
  const answerBody = keptBody(Buffer.from(writeJson({ data: items })), 'application/json', plainFields)
  return { ...exchange, requestBody, answerBody }
}

function noteStatic({ memory }: Parts, md5: string, { isStatic }: Finding): void {
  if (isStatic && memory.staticCodes.size < mostStaticCodes) memory.staticCodes.add(md5)
}

/** One payment's answer from those about its codes: paid where one is, unpaid where all are, else not known. */
function conclude(keys: VerifyKeys, looks: ReadonlyMap<string, Look>, notAsked: Trouble): Verification | Trouble {
  const found = keys.codes.flatMap(({ md5 }) => looks.get(md5) ?? [])
  const exchanges = [...new Set(found.flatMap(({ exchange }) => exchange ?? []))]
  const movements = distinct(found.flatMap((one) => one.movements))
  if (movements.length > 0) return { state: 'paid', movements, exchanges }
  if (found.length < keys.codes.length) return notAsked
  const doubted = found.find(({ state }) => state === 'unknown')
  if (doubted) return { state: 'unknown', movements, exchanges, doubt: doubted.doubt }
  return { state: keys.codes.length === 0 ? 'not_found' : 'unpaid', movements, exchanges }
}

function distinct(movements: readonly Movement[]): Movement[] {
  return [...new Map(movements.map((one) => [one.bankTransactionId, one])).values()]
}
