import { errorCatalogue, Refusal } from '../../packages/hub/src/domain/errors.ts'
import { errorBody } from '../../packages/hub/src/http/envelope.ts'
import { problemBody } from '../../packages/hub/src/http/problem.ts'
import { code, fenced, markdownTable, pageHead } from './markdown.ts'

const sampleTime = new Date('2026-01-07T05:00:00Z')

export function errorsPage(): string {
  const rows = Object.entries(errorCatalogue).map(([name, { status, meaning, remedy }]) => [
    code(name),
    String(status),
    meaning,
    remedy,
  ])
  return `${pageHead('Errors', ['packages/hub/src/domain/errors.ts'])}
Every answer that says no has this shape, whichever port gave it; \`/v1\` and the token endpoint have shapes of
their own, below, and so have [top-ups and the façade](topups.md#when-it-is-refused). \`details\` is an object keyed by field where fields were
bad, otherwise a sentence. \`retryAfter\` (seconds) is there where asking again makes sense, and is then the \`Retry-After\`
header too. \`correlationId\` is the \`X-Request-ID\` of the request, given or made; every log line about it carries it.

${fenced('json', sample(badFields))}

${fenced('json', sample(comeBack))}

${markdownTable(['code', 'status', 'when', 'what to do'], rows)}

\`BANK_UNKNOWN_ERROR\` goes on the wire with the bank's code in front: \`AMK_UNKNOWN_ERROR\`.

## The hub's own API, /v1

Errors below \`/v1\` are [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) problems, \`application/problem+json\`, with the codes above.
\`errors\` is there where fields were bad: every one of them, keyed by field. \`retryable\` says whether the same request may succeed
later, unchanged; \`Retry-After\` then says when, where we know.

${fenced('json', problem(badAct))}

${fenced('json', problem(stillRunning))}

With an \`Idempotency-Key\` the first decided answer is the answer for 7 days: an error below 500 is given again like any other,
with \`Idempotent-Replayed: true\` and the \`request_id\` of the first time. Two kinds decide nothing and may be sent again with the
same key at once, or after \`Retry-After\`: 429, and those from 500.

## The token endpoint

\`POST /auth/token\` answers errors in the OAuth form, \`{"error": "…", "error_description": "…"}\`:

${markdownTable(['error', 'status', 'when'], oauthErrors)}

Too many requests, bodies that are too large and requests that cannot be read are answered in the shape above there too.
`
}

const badFields = new Refusal('BAD_REQUEST', 'The query is not a policy or application number', {
  details: { query: 'is required: send 1 to 10 letters and digits, once' },
})
const comeBack = new Refusal('SERVER_UNAVAILABLE', 'The policy system cannot be asked now', {
  details: 'The policy system DLIS does not answer (timeout).',
  retryAfterS: 5,
})

const badAct = new Refusal('BAD_REQUEST', 'The request is not right: see Idempotency-Key, reason', {
  details: {
    'Idempotency-Key': 'is required, and must be 1 to 255 visible ASCII characters',
    reason: 'is "no", and must be 3 to 500 characters that say why',
  },
})
const stillRunning = new Refusal('CONFLICT', 'A request with this Idempotency-Key is still running', {
  details: 'Send the same request again to get its answer',
  retryAfterS: 2,
})

const oauthErrors = [
  ['`invalid_request`', '400', 'The body is no JSON object or form, or `client_id` or `client_secret` is missing.'],
  ['`unsupported_grant_type`', '400', 'A `grant_type` other than `client_credentials`.'],
  ['`invalid_scope`', '400', 'The client is not registered for a scope it asked for.'],
  ['`invalid_client`', '401', 'Client id or secret is wrong.'],
]

function problem(refusal: Refusal): string {
  return JSON.stringify(JSON.parse(problemBody(refusal, 'a-request-id')), null, 2)
}

function sample(refusal: Refusal): string {
  return JSON.stringify(JSON.parse(errorBody(refusal, 'a-request-id', sampleTime)), null, 2)
}
