import type { CallContext } from '../../kit/call.ts'
import { createGuard, type ConnectorTools, type Guard } from '../../kit/guard.ts'
import type { HttpAnswer } from '../../kit/http-client.ts'
import type { JsonObject } from '../../kit/json.ts'
import { Trouble, type TroubleKind } from '../../kit/trouble.ts'
import type { Biller, LookUp } from '../biller.ts'
import type { PolicySystemSettings } from './settings.ts'
import { pickText, readDocument, readFound, readPremium, writeCredit, writeCreditNote } from './translate.ts'

/** A policy system spoken to over HTTP, by a mapping in its settings: DLIS, Ingenium, and others like them. */
export function createPolicySystem(name: string, settings: PolicySystemSettings, tools: ConnectorTools): Biller {
  const guard = createGuard(name, tools)
  const parts: Parts = { name, settings, guard }
  const { credit, 'find-credit': findCredit, 'credit-note': creditNote, 'find-credit-note': findCreditNote } = settings
  return {
    name,
    creditIsIdempotent: credit.idempotent,
    creditNoteIsIdempotent: creditNote?.idempotent ?? false,
    takesCreditNotes: creditNote !== undefined,
    believeNoAfterS: settings['believe-not-credited-after-s'],
    prefixes: settings.prefixes,
    lookUp: (number, context) => lookUp(parts, number, context),
    credit: (order, context) => book(parts, 'credit', credit, writeCredit(credit.body, order), context),
    async findCredit(paymentNumber, context) {
      const [reference, ...others] = await find(parts, 'find-credit', findCredit, paymentNumber, context)
      return reference === undefined ? { state: 'not_credited' } : { state: 'credited', reference, ...further(others) }
    },
    async creditNote(order, context) {
      if (!creditNote) throw new Error(`${name} takes no credit notes`)
      return book(parts, 'credit-note', creditNote, writeCreditNote(creditNote.body, order), context)
    },
    async findCreditNote(refundId, context) {
      if (!findCreditNote) throw new Error(`${name} takes no credit notes`)
      const [reference, ...others] = await find(parts, 'find-credit-note', findCreditNote, refundId, context)
      return reference === undefined ? { state: 'not_noted' } : { state: 'noted', reference, ...further(others) }
    },
    probe: (context) => guard.probe(settings['base-url'] + settings['health-path'], context),
  }
}

type Parts = { readonly name: string; readonly settings: PolicySystemSettings; readonly guard: Guard }

async function lookUp(parts: Parts, number: string, context: CallContext): Promise<LookUp> {
  const path = fillPath(parts.settings['look-up'].path, number)
  const answer = await ask(parts, { operation: 'look-up', method: 'GET', path, repeatable: true }, context)
  const document = readDocument(answer.body.toString('utf8'))
  if (isNotFound(answer, document)) return { state: 'not_found' }
  accepted(parts, 'look-up', answer)
  const read =
    document === undefined
      ? 'it is not a JSON object'
      : readPremium(parts.name, number, document, parts.settings['look-up'])
  if (typeof read !== 'string') return read
  throw trouble(parts, 'look-up', 'unreadable', `the answer cannot be read: ${read}`, answer, { outcome: 'not_done' })
}

function further(others: readonly string[]): { others?: readonly string[] } {
  return others.length > 0 ? { others } : {}
}

/** Tells it of a credit or a credit note. Repeated by the guard only where the settings declare it idempotent. */
async function book(
  parts: Parts,
  operation: 'credit' | 'credit-note',
  map: Pick<PolicySystemSettings['credit'], 'path' | 'reference' | 'idempotent'>,
  body: string,
  context: CallContext,
): Promise<{ reference: string }> {
  const { path, reference, idempotent } = map
  const call = { operation, method: 'POST' as const, path, body, repeatable: idempotent }
  const answer = accepted(parts, operation, await ask(parts, call, context))
  const document = readDocument(answer.body.toString('utf8'))
  const found = document && pickText(document, reference)
  if (found !== undefined) return { reference: found }
  // A 2xx without a receipt number may or may not have booked it. In the system's own words it says that it has; a page
  // of a proxy says nothing.
  const saidDone = document !== undefined
  throw trouble(parts, operation, 'unreadable', `the answer has no ${reference}`, answer, {
    outcome: 'unknown',
    saidDone,
  })
}

/** All numbers that the system gave to what it was told under this key of ours; none where it proves that it was not told. */
async function find(
  parts: Parts,
  operation: 'find-credit' | 'find-credit-note',
  map: PolicySystemSettings['find-credit'],
  key: string,
  context: CallContext,
): Promise<readonly string[]> {
  const call = { operation, method: 'GET' as const, path: fillPath(map.path, key), repeatable: true }
  const answer = await ask(parts, call, context)
  const document = readDocument(answer.body.toString('utf8'))
  if (isNotFound(answer, document)) return []
  accepted(parts, operation, answer)
  const read = document === undefined ? 'it is not a JSON object' : readFound(document, map.reference)
  if (typeof read !== 'string') return read
  throw trouble(parts, operation, 'unreadable', `the answer cannot be read: ${read}`, answer, { outcome: 'not_done' })
}

/** A 404 in the system's own words. A 404 page of a proxy or of a wrong address knows nothing of policies or credits. */
function isNotFound(answer: HttpAnswer, document: JsonObject | undefined): boolean {
  return answer.status === 404 && document !== undefined
}

function fillPath(template: string, value: string): string {
  return template.replaceAll(/\{(number|paymentNumber|refundId)\}/g, () => encodeURIComponent(value))
}

type Call = {
  readonly operation: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
  readonly repeatable: boolean
}

function ask({ settings, guard }: Parts, call: Call, context: CallContext): Promise<HttpAnswer> {
  const { path, ...rest } = call
  const headers = {
    ...authHeaders(settings.auth),
    accept: 'application/json',
    ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  return guard.call({ ...rest, url: settings['base-url'] + path, headers }, context, guard.startDeadline(context))
}

function authHeaders(auth: PolicySystemSettings['auth']): Record<string, string> {
  if (auth.kind === 'header') return { [auth.name.toLowerCase()]: auth.secret }
  if (auth.kind === 'bearer') return { authorization: `Bearer ${auth.secret}` }
  if (auth.kind === 'basic')
    return { authorization: `Basic ${Buffer.from(`${auth.name}:${auth.secret}`).toString('base64')}` }
  return {}
}

/** "Already there", in the system's own words. */
const conflict = 409
/** Answers of proxies and of "already there": something may have been done. */
const doubtfulStatuses = [408, conflict, 425]

/** Any other refusal (4xx) is certain: nothing was done. */
function accepted(parts: Parts, operation: string, answer: HttpAnswer): HttpAnswer {
  if (answer.status < 300) return answer
  const outcome = doubtfulStatuses.includes(answer.status) ? 'unknown' : 'not_done'
  const kind = answer.status === 401 || answer.status === 403 ? 'auth_refused' : 'error_answer'
  const saidDone = answer.status === conflict && readDocument(answer.body.toString('utf8')) !== undefined
  throw trouble(parts, operation, kind, `answered HTTP ${answer.status}`, answer, { outcome, saidDone })
}

function trouble(
  parts: Parts,
  operation: string,
  kind: TroubleKind,
  sentence: string,
  answer: HttpAnswer,
  more: { readonly outcome: 'not_done' | 'unknown'; readonly saidDone?: boolean },
): Trouble {
  return new Trouble(kind, `${parts.name} ${operation}: ${sentence}`, {
    target: parts.name,
    operation,
    ...more,
    httpStatus: answer.status,
    exchange: answer.exchange,
  })
}
