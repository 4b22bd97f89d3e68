import { Refusal } from '../../packages/hub/src/domain/errors.ts'
import { facadeRoutes } from '../../packages/hub/src/http/facade/facade.ts'
import { topupRefusalBody } from '../../packages/hub/src/http/topups/refuse-topup.ts'
import { topupRoutes } from '../../packages/hub/src/http/topups/topups.ts'
import { keyKeptDays } from '../../packages/hub/src/store/idempotency.ts'
import { code, fenced, fieldSections, markdownTable, nameOf, pageHead } from './markdown.ts'

export function topupsPage(): string {
  const rows = topupRoutes.map((route) => [
    code(nameOf(route)),
    route.scopes.map(code).join(' or '),
    route.key === 'none' ? '' : route.key,
    route.does,
  ])
  const facade = facadeRoutes.map(({ path, does }) => [code(`POST ${path}`), does])
  const sources = ['topups/topups.ts', 'facade/facade.ts'].map((path) => `packages/hub/src/http/${path}`)
  return `${pageHead('Top-ups, wallets and the façade', sources)}
On the gateway's port. Answers are bare objects; amounts are decimal text with the currency's decimals (\`"10.50"\`, \`"40000"\`), times
RFC 3339 UTC.

${markdownTable(['request', "token's scope", 'Idempotency-Key', 'what it does'], rows)}

${fieldSections(topupRoutes)}
## What a top-up shows

${markdownTable(['property', 'it'], shown)}

\`GET /api/topups/v1/{id}\` adds \`userId\`, \`description\` and \`completed_at\`. Reading it counts as watching: its bank is asked sooner.

## What a wallet shows

\`balances\` has every currency, \`"0.00"\` where there was never any; any \`userId\` has a wallet. \`entries\` are what the balance is made of,
the newest first: \`kind\` (\`receipt\`, or \`resolution\`, \`refund\`, \`reversal\`, \`adjustment\`), \`amount\` (negative where the balance shrank),
\`currency\`, \`topup\`, \`description\`, \`recorded_at\`. Send \`next_cursor\` back as \`cursor\` for the next part.

## When it is refused

${fenced('json', sample())}

422 has everything that is wrong at once, by field; below the minimum or above the maximum names the limit. 409: the method is
switched off, no method is on, or the same key is still running (\`Retry-After\`). 400, 401, 403, 404, 413, 415, 429 and 503 have the
same shape without \`errors\`. An \`Idempotency-Key\` is kept ${keyKeptDays} days: the same request again is answered as the first time, with
\`Idempotent-Replayed: true\`; another body under it is 422.

## The façade

For software that was written to the central bank's open API, or to older documents that give the same paths another meaning.
The scope is \`topups:write\`; its permanent API key is made with \`khqr-hub client key NAME --scope topups:write\` (the
sandbox has one already: \`facadeToken\` in \`sandbox-secrets.json\`). It opens and reads the same top-ups as everybody else, and never asks a bank for a status by itself.

${markdownTable(['request', 'what it does'], facade)}

| body of \`generate_deeplink_by_qr\` | is answered |
|---|---|
| \`{qr, sourceInfo?}\` | \`{responseCode, responseMessage, errorCode, data: {shortLink}}\`; \`shortLink\` is null where the bank gives none; a code that is none: \`errorCode\` 5; the bank is in trouble: 4 |
| \`{md5, amount, currency, bill_number, info?}\`, where \`md5\` is the merchant key (\`KHQR_MERCHANT_ID\`; in the sandbox \`demo-merchant\`) | \`{hash, qr_string, deeplink, amount, currency, merchant_id, bill_number}\`. The money goes to the wallet of the merchant key. The same \`bill_number\`, amount and currency is the same code while it is open; another amount is 409, and so is a bill that is paid |

| \`check_transaction_by_hash\`, \`…_by_md5\` of | paid | not paid |
|---|---|---|
| the \`hash\` given out above | 200 \`{hash, paid: true, status: "completed", amount, currency, paid_at, transaction_id, bill_number}\` | 404 \`{message: "Transaction not found", error: "not_found"}\` |
| the MD5 of a code's text, or the hash of its transaction | 200, the open API's envelope with \`data\`: \`createdDateMs\` is when it was paid, \`acknowledgedDateMs\` when we recorded it; what is not kept is null | 200 with \`errorCode\` 1 |

Other refusals have both forms in one: \`{message, error, errors?, responseCode: 1, responseMessage, errorCode, data: null}\`. Without a
merchant key or a bank with \`top-ups: true\`: 503 "KHQR payment gateway is not configured properly"; where every such bank is switched
off: 409. Asking here counts as watching, but takes no call at once: how soon a payment is found depends on what is left of the
day's calls, from seconds to [a look at its end](bakong-budget.md).

## The page

\`checkout_url\` is [the page of every payment](page.md): in Khmer and English, with nothing about the payer on it. A top-up whose
code has ended is not paid with another one: it is begun anew. It may be begun on a page, too: \`/topup\`, where it is
[switched on](page.md#where-a-top-up-begins).
`
}

const shown = [
  ['`id`', 'the payment: `pay_…`'],
  [
    '`status`',
    '`pending` until it ends: `completed`, `expired`, `failed` or `cancelled`. An expired one may still be completed by late money',
  ],
  ['`amount`, `currency`', 'what is to be paid'],
  ['`hash`', "names the code before anything is paid: SHA-256 of its text. The façade's handle"],
  ['`md5`', "MD5 of the code's text"],
  ['`qr_string`', 'the KHQR'],
  ['`deeplink`', 'a link that opens banking apps, or null'],
  ['`checkout_url`', 'the page on which it is paid'],
  ['`bill_number`', 'what the code says as its bill number; on the façade, the caller’s own'],
  ['`expires_at`', 'when the code ends'],
  [
    '`confirmation`',
    '`automatic`; or `delayed`: it may be seen only later, or by a statement, as its bank answers only so many questions a day',
  ],
  ['`next_check_at`', 'when its bank is asked next, as far as can be said; null when it is not asked any more'],
].map(([property = '', it = '']) => [property, it])

function sample(): string {
  const details = {
    amount: 'is "-1", and must be a plain decimal above zero such as "10.50"',
    currency: 'is required, and must be USD or KHR',
  }
  return topupRefusalBody(new Refusal('BAD_REQUEST', 'The request is not right: see amount, currency', { details }))
}
