import { errorCatalogue, Refusal } from '../../packages/hub/src/domain/errors.ts'
import { errorBody } from '../../packages/hub/src/http/envelope.ts'
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
Every answer that says no has this shape, whichever port gave it. \`details\` is an object keyed by field where fields were
bad, otherwise a sentence. \`retryAfter\` (seconds) is there where asking again makes sense, and is then the \`Retry-After\`
header too. \`correlationId\` is the \`X-Request-ID\` of the request, given or made; every log line about it carries it.

${fenced('json', sample(badFields))}

${fenced('json', sample(comeBack))}

${markdownTable(['code', 'status', 'when', 'what to do'], rows)}

\`BANK_UNKNOWN_ERROR\` goes on the wire with the bank's code in front: \`AMK_UNKNOWN_ERROR\`.

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

const oauthErrors = [
  ['`invalid_request`', '400', 'The body is no JSON object or form, or `client_id` or `client_secret` is missing.'],
  ['`unsupported_grant_type`', '400', 'A `grant_type` other than `client_credentials`.'],
  ['`invalid_scope`', '400', 'The client is not registered for a scope it asked for.'],
  ['`invalid_client`', '401', 'Client id or secret is wrong.'],
]

function sample(refusal: Refusal): string {
  return JSON.stringify(JSON.parse(errorBody(refusal, 'a-request-id', sampleTime)), null, 2)
}
