import type { CallContext } from '../../kit/call.ts'
import { createGuard, type ConnectorTools, type Guard } from '../../kit/guard.ts'
import type { HttpAnswer } from '../../kit/http-client.ts'
import type { JsonObject } from '../../kit/json.ts'
import { Trouble, type TroubleKind } from '../../kit/trouble.ts'
import type { Biller, CreditOrder, FoundCredit, LookUp } from '../biller.ts'
import type { PolicySystemSettings } from './settings.ts'
import { pickText, readDocument, readFoundCredit, readPremium, writeCredit } from './translate.ts'

/** A policy system spoken to over HTTP, by a mapping in its settings: DLIS, Ingenium, and others like them. */
export function createPolicySystem(name: string, settings: PolicySystemSettings, tools: ConnectorTools): Biller {
  const guard = createGuard(name, tools)
  const parts: Parts = { name, settings, guard }
  return {
    name,
    creditIsIdempotent: settings.credit.idempotent,
    prefixes: settings.prefixes,
    lookUp: (number, context) => lookUp(parts, number, context),
    credit: (order, context) => credit(parts, order, context),
    findCredit: (paymentNumber, context) => findCredit(parts, paymentNumber, context),
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
  throw trouble(parts, 'look-up', 'unreadable', `the answer cannot be read: ${read}`, answer, 'not_done')
}

/** Repeated by the guard only where the settings declare it idempotent. */
async function credit(parts: Parts, order: CreditOrder, context: CallContext): Promise<{ reference: string }> {
  const { path, body, reference, idempotent } = parts.settings.credit
  const call = {
    operation: 'credit',
    method: 'POST' as const,
    path,
    body: writeCredit(body, order),
    repeatable: idempotent,
  }
  const answer = accepted(parts, 'credit', await ask(parts, call, context))
  const document = readDocument(answer.body.toString('utf8'))
  const found = document && pickText(document, reference)
  // A 2xx without a receipt number may or may not have credited.
  if (found === undefined)
    throw trouble(parts, 'credit', 'unreadable', `the answer has no ${reference}`, answer, 'unknown')
  return { reference: found }
}

async function findCredit(parts: Parts, paymentNumber: string, context: CallContext): Promise<FoundCredit> {
  const { path, reference } = parts.settings['find-credit']
  const call = {
    operation: 'find-credit',
    method: 'GET' as const,
    path: fillPath(path, paymentNumber),
    repeatable: true,
  }
  const answer = await ask(parts, call, context)
  const document = readDocument(answer.body.toString('utf8'))
  if (isNotFound(answer, document)) return { state: 'not_credited' }
  accepted(parts, 'find-credit', answer)
  const read = document === undefined ? 'it is not a JSON object' : readFoundCredit(document, reference)
  if (typeof read !== 'string') return read
  throw trouble(parts, 'find-credit', 'unreadable', `the answer cannot be read: ${read}`, answer, 'not_done')
}

/** A 404 in the system's own words. A 404 page of a proxy or of a wrong address knows nothing of policies or credits. */
function isNotFound(answer: HttpAnswer, document: JsonObject | undefined): boolean {
  return answer.status === 404 && document !== undefined
}

function fillPath(template: string, value: string): string {
  return template.replaceAll(/\{(number|paymentNumber)\}/g, () => encodeURIComponent(value))
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

/** Answers of proxies and of "already there": something may have been done. */
const doubtfulStatuses = [408, 409, 425]

/** Any other refusal (4xx) is certain: nothing was done. */
function accepted(parts: Parts, operation: string, answer: HttpAnswer): HttpAnswer {
  if (answer.status < 300) return answer
  const outcome = doubtfulStatuses.includes(answer.status) ? 'unknown' : 'not_done'
  const kind = answer.status === 401 || answer.status === 403 ? 'auth_refused' : 'error_answer'
  throw trouble(parts, operation, kind, `answered HTTP ${answer.status}`, answer, outcome)
}

function trouble(
  parts: Parts,
  operation: string,
  kind: TroubleKind,
  sentence: string,
  answer: HttpAnswer,
  outcome: 'not_done' | 'unknown',
): Trouble {
  return new Trouble(kind, `${parts.name} ${operation}: ${sentence}`, {
    target: parts.name,
    operation,
    outcome,
    httpStatus: answer.status,
    exchange: answer.exchange,
  })
}
