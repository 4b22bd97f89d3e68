import { Agent, errors, Pool, ProxyAgent } from 'undici'
import type { Dispatcher } from 'undici'
import { lookUpPrivateOnly } from './address.ts'
import type { CallContext } from './call.ts'
import type { Clock } from './clock.ts'
import type { Deadline } from './deadline.ts'
import { keptBody, keptUrl } from './exchange.ts'
import { isInsideTransaction } from './open-transaction.ts'
import { redactText } from './redact.ts'
import { Trouble } from './trouble.ts'
import type { Exchange, TroubleKind } from './trouble.ts'

export type HttpRequest = {
  /** Who is called: a bank code or a policy system's name. */
  readonly target: string
  readonly operation: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  /** A proxy that tunnels (CONNECT), such as http://user:password@10.0.0.9:3128. From settings only: each is kept open. */
  readonly proxy?: string | undefined
  /** Names of JSON fields that look secret and are not: their values are kept in the exchange. */
  readonly plainFields?: readonly string[] | undefined
  /** Names of fields of the request that are secret and do not look it: their values are not kept. */
  readonly secretFields?: readonly string[] | undefined
}

export type HttpAnswer = {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly exchange: Exchange
}

/** The one way out of the hub over HTTP. Redirects are never followed: they come back as the answer they are. */
export type HttpClient = {
  /** Any HTTP status is an answer. Throws `Trouble` (`unreachable`, `timeout`, `unreadable`) where none came. */
  send(request: HttpRequest, context: CallContext, deadline: Deadline): Promise<HttpAnswer>
  close(): Promise<void>
}

/** The largest answer read: QR pictures are a few KB. */
export const longestAnswerBytes = 1_048_576
/** Shorter than the deadline, so that "no connection", where nothing was asked, is told from "no answer". */
const connectTimeoutMs = 3_000
/** Many payments ask one bank at once; more than this wait for a free connection within their deadline. */
const connectionsPerOrigin = 64
const longestHeaderBytes = 16_384

export function createHttpClient(clock: Clock): HttpClient {
  const agent = new Agent({
    factory: (origin, options) =>
      new Pool(origin, {
        ...(options as Pool.Options),
        connections: connectionsPerOrigin,
        connect: {
          timeout: connectTimeoutMs,
          ...(new URL(origin).protocol === 'http:' ? { lookup: lookUpPrivateOnly } : {}),
        },
      }),
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: longestHeaderBytes,
  })
  const proxies = new Map<string, ProxyAgent>()
  const wayOf = ({ proxy }: HttpRequest): Dispatcher => {
    if (proxy === undefined) return agent
    const known = proxies.get(proxy)
    if (known) return known
    const made = throughProxy(proxy)
    proxies.set(proxy, made)
    return made
  }
  return {
    send: (request, context, deadline) => send(wayOf(request), clock, request, context, deadline),
    async close() {
      await Promise.all([agent, ...proxies.values()].map((one) => one.destroy()))
    },
  }
}

function throughProxy(uri: string): ProxyAgent {
  return new ProxyAgent({
    uri,
    proxyTunnel: true,
    proxyTls: { timeout: connectTimeoutMs },
    requestTls: { timeout: connectTimeoutMs },
    connections: connectionsPerOrigin,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: longestHeaderBytes,
  })
}

async function send(
  agent: Dispatcher,
  clock: Clock,
  request: HttpRequest,
  context: CallContext,
  deadline: Deadline,
): Promise<HttpAnswer> {
  if (isInsideTransaction()) {
    throw new Error(`${request.target} ${request.operation} was called while a database transaction is open`)
  }
  const startedAt = clock.now()
  const startedMs = clock.monotonicMs()
  const url = new URL(request.url)
  const headers = headersOf(request, context, startedAt)
  const exchangeOf = (answer: Partial<Exchange>): Exchange => ({
    target: request.target,
    operation: request.operation,
    method: request.method,
    url: keptUrl(request.url),
    requestBody: keptRequest(request, headers['content-type']),
    httpStatus: undefined,
    answerBody: '',
    startedAt,
    durationMs: Math.round(clock.monotonicMs() - startedMs),
    error: undefined,
    ...answer,
  })
  let status: number | undefined
  try {
    const answer = await agent.compose(refuseLate(deadline)).request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers,
      body: request.body ?? null,
      signal: deadline.signal,
    })
    status = answer.statusCode
    const body = await readBounded(answer.body)
    const answerHeaders = plainHeaders(answer.headers)
    const answerBody = keptBody(body, answerHeaders['content-type'], request.plainFields)
    return { status, headers: answerHeaders, body, exchange: exchangeOf({ httpStatus: status, answerBody }) }
  } catch (error) {
    const failure = readFailure(error, deadline)
    const message = `${request.target} ${request.operation}: ${failure.sentence}`
    throw new Trouble(failure.kind, message, {
      target: request.target,
      operation: request.operation,
      outcome: failure.outcome,
      httpStatus: status,
      exchange: exchangeOf({ httpStatus: status, error: failure.sentence }),
      cause: error,
    })
  }
}

function keptRequest({ body, plainFields, secretFields }: HttpRequest, contentType: string | undefined): string {
  return keptBody(Buffer.from(body ?? ''), contentType, plainFields, secretFields)
}

function headersOf(request: HttpRequest, context: CallContext, now: Date): Record<string, string> {
  return {
    accept: '*/*',
    'accept-encoding': 'identity',
    ...request.headers,
    'x-request-id': context.correlationId,
    'x-timestamp': String(Math.floor(now.getTime() / 1000)),
    ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
  }
}

class TooLateToSend extends Error {}

/**
 * Looks at the clocks once more right before the request is written to its socket. What has passed since it was asked for
 * may be long: waiting for a connection, or a process that was stopped meanwhile.
 */
function refuseLate(deadline: Deadline): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    return dispatch(options, {
      onRequestStart: (controller, context) => {
        if (!deadline.maySend()) throw new TooLateToSend('it was held up too long to be sent')
        handler.onRequestStart?.(controller, context)
      },
      onRequestUpgrade: (...of) => handler.onRequestUpgrade?.(...of),
      onResponseStart: (...of) => handler.onResponseStart?.(...of),
      onResponseData: (...of) => handler.onResponseData?.(...of),
      onResponseEnd: (...of) => handler.onResponseEnd?.(...of),
      onResponseError: (...of) => handler.onResponseError?.(...of),
    })
  }
}

class AnswerTooLarge extends Error {}

async function readBounded(body: Dispatcher.ResponseData['body']): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.byteLength
    if (length > longestAnswerBytes) throw new AnswerTooLarge(`the answer is longer than ${longestAnswerBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function plainHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value
  }
  return plain
}

type Failure = { readonly kind: TroubleKind; readonly outcome: 'not_done' | 'unknown'; readonly sentence: string }

/** Nothing was asked of the other side when the connection itself failed; after that nobody knows. */
const neverConnected =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_FAIL|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|UND_ERR_CONNECT_TIMEOUT|UND_ERR_PRX_.*|CERT_.*|ERR_TLS_.*|ERR_SSL_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/

function readFailure(error: unknown, deadline: Deadline): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const said = redactText(error instanceof Error ? error.message || code : String(error))
  if (error instanceof TooLateToSend) return { kind: 'timeout', outcome: 'not_done', sentence: said }
  if (error instanceof AnswerTooLarge) return { kind: 'unreadable', outcome: 'unknown', sentence: said }
  if (deadline.signal.aborted) return { kind: 'timeout', outcome: 'unknown', sentence: 'no answer within the deadline' }
  if (neverConnected.test(code) || /^Proxy response \(\d+\)/.test(said))
    return { kind: 'unreachable', outcome: 'not_done', sentence: `no connection (${said})` }
  if (error instanceof errors.HTTPParserError || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return { kind: 'unreadable', outcome: 'unknown', sentence: `the answer is not HTTP (${said})` }
  }
  return { kind: 'unreachable', outcome: 'unknown', sentence: `the connection broke (${said})` }
}
