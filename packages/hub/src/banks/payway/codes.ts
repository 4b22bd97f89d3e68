import type { CalledOperation } from './calls.ts'

/** What an answer's code comes to, whatever the operation. `unknown`: it stands in no table, so nothing is known of it. */
export type Category =
  | 'done'
  | 'our_fault'
  | 'set_up'
  | 'credential'
  | 'duplicate'
  | 'not_found'
  | 'payer'
  | 'expired'
  /** Not done: the code cannot be closed any more, as it was paid. */
  | 'paid'
  | 'throttled'
  | 'later'
  | 'unknown'

export type Meaning = {
  readonly category: Category
  /** What the code says: for a longer sentence. */
  readonly means: string
  /** What is to be done, one sentence. */
  readonly todo: string
}

type Group = Omit<Meaning, 'category'>

const groups: Record<Category, Group> = {
  done: { means: 'done', todo: 'Nothing.' },
  our_fault: {
    means: 'the request is not as PayWay wants it',
    todo: 'Report it, with the exchange: sending it again changes nothing.',
  },
  set_up: {
    means: 'the merchant is not set up for this at PayWay',
    todo: 'Ask PayWay to change the set-up of this merchant id.',
  },
  credential: {
    means: 'the hash is not right: the API key is not the one PayWay has',
    todo: 'Compare the API key with that of the merchant portal, and set the new one.',
  },
  duplicate: {
    means: 'PayWay has had this transaction id before',
    todo: 'Nothing: the transaction is looked up before another code is made.',
  },
  not_found: { means: 'PayWay shows no such transaction', todo: 'Nothing: it is asked again.' },
  payer: { means: 'the payer’s side refused', todo: 'The payer tries again, or pays by other means.' },
  expired: { means: 'its time is over', todo: 'A new code is made.' },
  paid: { means: 'it was paid already', todo: 'Nothing: the payment is checked.' },
  throttled: {
    means: 'PayWay has had enough of these calls in this minute',
    todo: 'Nothing: it is asked again later.',
  },
  later: { means: 'PayWay cannot do it at the moment', todo: 'Nothing: it is looked at again.' },
  unknown: {
    means: 'a code that stands in no document we know',
    todo: 'Look at the exchange, and ask PayWay what it means.',
  },
}

type Rows = Partial<Record<Category, string>>
type Words = Readonly<Record<string, Partial<Group>>>
type Table = ReadonlyMap<string, Meaning>

/** "5 16-18": each code its own row. Words in `words` replace the group's. */
function table(rows: Rows, words: Words = {}): Table {
  const made = new Map<string, Meaning>()
  for (const [category, list] of Object.entries(rows) as [Category, string][]) {
    for (const code of list.split(' ').flatMap(codesOfRange)) {
      made.set(code, { category, ...groups[category], ...words[code] })
    }
  }
  return made
}

function codesOfRange(text: string): string[] {
  const [, from = '', to = ''] = /^(\d+)-(\d+)$/.exec(text) ?? []
  if (to === '') return [text]
  const count = Number(to) - Number(from) + 1
  return Array.from({ length: count }, (_, place) => String(Number(from) + place))
}

const keyEnded = {
  means: 'the API key has expired',
  todo: 'Ask PayWay for a new API key and set it as api-key-next; the old one no longer signs.',
}
const notListed = {
  means: 'our address or domain is not white-listed at PayWay',
  todo: 'Have PayWay white-list the address that this hub calls from.',
}
const strangeUrl = {
  means: 'the domain of the callback address is not white-listed at PayWay',
  todo: 'Have PayWay white-list the domain of callback-origin.',
}
const tooSmall = {
  means: 'the amount is too small, or has decimals that its currency has not',
  todo: 'KHR begins at 100 and has no decimals; USD has two.',
}
const ownAccount = { means: 'payer and merchant are the same account', todo: 'The payer uses another account.' }
const accountClosed = {
  means: 'the settlement account is closed',
  todo: 'Ask PayWay which account this merchant id settles to.',
}
const badLifetime = {
  means: 'the lifetime is outside of what PayWay takes',
  todo: 'Lifetimes are 3 minutes to 30 days: set the length of QR sessions accordingly.',
}

const purchase = table(
  {
    done: '0 00',
    credential: '1 21 401 403',
    our_fault: '2 3 7 10 13 16-19 24 25 27-29 45-53 58 60 69 73 76 79 80',
    set_up: '6 12 14 15 20 22 23 26 30 32 35-44 59 65 67 71 72 77 78 81 82 86 96 102',
    duplicate: '4 62 63',
    not_found: '5 74 75',
    payer: '31 33 64 70 83-85 87 200 201',
    expired: '54 68',
    throttled: '429',
    later: '8 11 34 55-57 61 66 503',
  },
  {
    6: notListed,
    21: keyEnded,
    46: tooSmall,
    47: tooSmall,
    64: ownAccount,
    69: badLifetime,
    72: accountClosed,
    81: strangeUrl,
    102: strangeUrl,
    401: { means: 'the credentials are refused' },
    403: { means: 'the credentials are refused' },
  },
)

/** Its numbers are not those of a purchase: 403 is a transaction id that it had before, "04" a lifetime it does not take. */
const generateQr = table(
  {
    done: '0 00',
    credential: '1 21 401',
    our_fault: '04 16-19 47 48',
    set_up: '6 12 23 32 35 44 96 102',
    duplicate: '403',
    throttled: '429',
    later: '8 503',
  },
  { '04': badLifetime, 6: notListed, 21: keyEnded, 47: tooSmall, 102: strangeUrl },
)

/** The documents call 5 a wrong hash; the gateway says 1. Code 6 is also what a caller gets who is not white-listed. */
const about = table(
  { done: '0 00', credential: '1 5 21 401', not_found: '6', throttled: '429', later: '8 11 503' },
  {
    6: {
      means: 'PayWay shows no such transaction, or our address is not white-listed there',
      todo: 'Nothing in the first minute; after that, have PayWay white-list the address that this hub calls from.',
    },
    21: keyEnded,
  },
)

const list = table(
  { done: '0 00', credential: '1 5 21 401', our_fault: '49-52', set_up: '6', throttled: '429', later: '8 11 503' },
  {
    ...Object.fromEntries(['49', '50', '51', '52'].map((code) => [code, { means: 'the window of time is not one' }])),
    6: notListed,
    21: keyEnded,
  },
)

const close = table(
  {
    done: '0 00',
    credential: '1 21 401',
    paid: '2',
    not_found: '5',
    set_up: '6 26',
    throttled: '429',
    later: '8 11 503',
  },
  { 6: notListed, 21: keyEnded },
)

/** The merchant portal. What else a refund is answered stands beside it, in `refund-codes.ts`. */
const portal = table(
  {
    done: '0 00',
    credential: '1 01 21 401 PTL02 PTL171 PTL175',
    our_fault: 'PTL04 PTL05 PTL06',
    set_up: '6 PTL62 PTL63',
    throttled: '429',
    later: '8 11 503',
  },
  {
    6: notListed,
    21: keyEnded,
    PTL62: { means: 'PayWay has the merchant id set up wrongly' },
    PTL63: {
      means: 'PayWay has no RSA key of this merchant id',
      todo: 'Ask PayWay for the RSA key of this merchant id.',
    },
    PTL171: { means: 'the API key was replaced at PayWay' },
    PTL175: { means: 'the API key was replaced at PayWay' },
  },
)

/** Accounts and cards on file. A token that its customer has unlinked is known by 105, when it is charged. */
const credentials = table(
  {
    done: '0 00',
    credential: '1 01 21 401',
    our_fault: '04',
    set_up: '6 104',
    not_found: '09',
    payer: '83-85 87 105 200 201',
    duplicate: '4 62 63',
    throttled: '429',
    later: '8 11 503',
  },
  {
    6: notListed,
    21: keyEnded,
    '09': { means: 'PayWay knows nothing of it', todo: 'Compare request_id with the one that was linked with.' },
    104: { means: 'this merchant id may not use this token_flag', todo: 'Ask PayWay to allow it.' },
    105: { means: 'the token is not valid any more', todo: 'Have the customer link the account or card again.' },
  },
)

const tables: Record<CalledOperation, Table> = {
  purchase,
  'generate-qr': generateQr,
  'check-transaction': about,
  'transaction-detail': about,
  'transaction-list': list,
  'close-transaction': close,
  'exchange-rate': list,
  'transactions-by-ref': about,
  refund: portal,
  'payment-link-create': portal,
  'payment-link-detail': portal,
  'payment-link-void': portal,
  'cof-link-account': credentials,
  'cof-payment': credentials,
  'cof-renew-token': credentials,
  'cof-remove-token': credentials,
  'cof-token-details': credentials,
}

/** What a code of an answer means: one number means different things in different operations. */
export function meaningOf(operation: CalledOperation, code: string): Meaning {
  return tables[operation].get(code) ?? { category: 'unknown', ...groups.unknown }
}
