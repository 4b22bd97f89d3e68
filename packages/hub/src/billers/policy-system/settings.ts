import { Type } from 'typebox'
import type { Static } from 'typebox'
import { addressProblem } from '../../kit/address.ts'
import { readSettings, SettingsError } from '../../kit/settings.ts'

const closed = { additionalProperties: false } as const

/**
 * The least age, in seconds, at which a live system's "not credited" may be believed. The relay holds a credit for 60 s,
 * sends it within 10 s of that, and waits 5 s for the answer: before their sum has passed, a sending may still arrive.
 */
export const leastBelievedAfterS = 76
/** Unless the settings say otherwise. Also longer than an operating system tries to deliver to a connection that broke. */
export const usuallyBelievedAfterS = 120

const path = (description: string, example: string) => Type.String({ minLength: 1, description, examples: [example] })

const template = (placeholders: string) =>
  Type.Record(Type.String(), Type.String(), {
    description: `JSON body; each value a template of ${placeholders}. A value that is just "#amount" is written as a JSON number.`,
  })

/** Settings of one policy system, under `policySystems.{NAME}`. No system of this kind has a public contract. */
export const policySystemSchema = Type.Object(
  {
    'base-url': Type.String({ description: 'Where its API begins.', examples: ['https://policies.example/api'] }),
    'allow-plain-http': Type.Boolean({
      default: false,
      description: 'Allows plain HTTP, and only to private addresses.',
    }),
    auth: Type.Object(
      {
        kind: Type.Unsafe<'none' | 'header' | 'bearer' | 'basic'>({
          type: 'string',
          enum: ['none', 'header', 'bearer', 'basic'],
          default: 'none',
          description: 'How we say who we are.',
        }),
        name: Type.String({ default: 'X-Api-Key', description: 'Header for `header`; username for `basic`.' }),
        secret: Type.String({ default: '', description: 'The key, token or password.', secret: true }),
      },
      { ...closed, default: {} },
    ),
    prefixes: Type.Array(Type.String({ pattern: '^[A-Z0-9]*$' }), {
      default: [],
      description: 'Numbers that begin so are asked here first; the empty prefix means all others.',
      examples: [['P']],
    }),
    'look-up': Type.Object(
      {
        path: path('Path of the look-up; {number} stands for the number asked for.', '/policies/{number}'),
        number: path("JSON path of the system's own spelling of the number.", 'policy.number'),
        payer: path("JSON path of the payer's name.", 'policy.payerName'),
        amount: path(
          'JSON path of the amount due; absent, null or zero means that nothing is due.',
          'policy.premium.amount',
        ),
        currency: path('JSON path of the currency.', 'policy.premium.currency'),
        'due-date': path('JSON path of the due date, yyyy-mm-dd.', 'policy.premium.dueDate'),
        email: Type.Optional(path("JSON path of the customer's e-mail.", 'policy.contact.email')),
        phone: Type.Optional(path("JSON path of the customer's phone.", 'policy.contact.phone')),
      },
      closed,
    ),
    credit: Type.Object(
      {
        path: path('Path of the call that credits a premium.', '/credits'),
        body: template(
          '{paymentNumber}, {policyNumber}, {amount}, {currency}, {dueDate}, {paidAt}, {bank}, {transactionId}',
        ),
        reference: path("JSON path of the system's receipt number in its answer.", 'creditId'),
        idempotent: Type.Boolean({
          default: false,
          description:
            'Whether the same payment number credited twice credits once. If not, it is looked up before it is sent again.',
        }),
      },
      closed,
    ),
    'find-credit': Type.Object(
      {
        path: path('Path that finds a credit; {paymentNumber} stands for ours.', '/credits/{paymentNumber}'),
        reference: path(
          'JSON path that holds the receipt number if, and only if, it was credited. Not credited is a 404 with a JSON body, or an empty list on this path; any other answer is not understood.',
          'creditId',
        ),
      },
      closed,
    ),
    'credit-note': Type.Optional(
      Type.Object(
        {
          path: path(
            'Path of the call that takes a credit note: a credited premium was paid back. Without this group and the next, each refund is a case for a person.',
            '/credit-notes',
          ),
          body: template('{refundId}, {paymentNumber}, {policyNumber}, {amount}, {currency}, {reason}, {refundedAt}'),
          reference: path("JSON path of the credit note's number in its answer.", 'creditNoteId'),
          idempotent: Type.Boolean({
            default: false,
            description: 'Whether the same refund id told twice is noted once. If not, it is looked up first.',
          }),
        },
        closed,
      ),
    ),
    'find-credit-note': Type.Optional(
      Type.Object(
        {
          path: path('Path that finds a credit note; {refundId} stands for ours.', '/credit-notes/{refundId}'),
          reference: path('As `find-credit.reference`, for the credit note.', 'creditNoteId'),
        },
        closed,
      ),
    ),
    'believe-not-credited-after-s': Type.Integer({
      default: usuallyBelievedAfterS,
      minimum: 0,
      maximum: 86_400,
      description: `So many seconds after a sending without an answer, "not credited" is believed and it is sent again. At least ${leastBelievedAfterS} in live mode, and longer than the system may take to act.`,
    }),
    'health-path': Type.String({ default: '/', description: 'Path asked to see whether it answers at all.' }),
  },
  closed,
)

export type PolicySystemSettings = Static<typeof policySystemSchema>

/** Reads `policySystems.{name}`. Throws `SettingsError` with everything that is wrong. */
export function readPolicySystemSettings(
  name: string,
  raw: unknown,
  mode: { readonly sandbox: boolean },
): PolicySystemSettings {
  const where = `policySystems.${name}`
  const read = readSettings(policySystemSchema, raw, where)
  const problems = contradictions(read, where, mode.sandbox)
  const problem = addressProblem(read['base-url'], { sandbox: mode.sandbox, allowPlainHttp: read['allow-plain-http'] })
  if (problem) problems.push(`${where}.base-url ${problem}.`)
  if (problems.length > 0) throw new SettingsError(problems)
  return { ...read, 'base-url': read['base-url'].replace(/\/+$/, '') }
}

const placeholders = {
  credit: ['paymentNumber', 'policyNumber', 'amount', 'currency', 'dueDate', 'paidAt', 'bank', 'transactionId'],
  'credit-note': ['refundId', 'paymentNumber', 'policyNumber', 'amount', 'currency', 'reason', 'refundedAt'],
} as const

function contradictions(read: PolicySystemSettings, where: string, sandbox: boolean): string[] {
  const problems: string[] = []
  for (const [name, path, placeholder] of [
    ['look-up.path', read['look-up'].path, '{number}'],
    ['credit.path', read.credit.path, ''],
    ['find-credit.path', read['find-credit'].path, '{paymentNumber}'],
    ['credit-note.path', read['credit-note']?.path ?? '/', ''],
    ['find-credit-note.path', read['find-credit-note']?.path ?? '/{refundId}', '{refundId}'],
    ['health-path', read['health-path'], ''],
  ] as const) {
    if (!path.startsWith('/')) problems.push(`${where}.${name} is "${path}": it must begin with a slash.`)
    if (!path.includes(placeholder)) problems.push(`${where}.${name} is "${path}": it must contain ${placeholder}.`)
  }
  for (const call of ['credit', 'credit-note'] as const) {
    const known: readonly string[] = placeholders[call]
    for (const [name, template] of Object.entries(read[call]?.body ?? {})) {
      const unknown = [...template.matchAll(/\{(\w+)\}/g)]
        .map((match) => match[1] ?? '')
        .filter((one) => !known.includes(one))
      for (const one of unknown)
        problems.push(`${where}.${call}.body.${name} has {${one}}: it must be one of ${known.join(', ')}.`)
    }
  }
  if ((read['credit-note'] === undefined) !== (read['find-credit-note'] === undefined)) {
    problems.push(`${where} has one of credit-note and find-credit-note: it must have both, or neither.`)
  }
  const believedAfterS = read['believe-not-credited-after-s']
  if (!sandbox && believedAfterS < leastBelievedAfterS) {
    problems.push(
      `${where}.believe-not-credited-after-s is ${believedAfterS}: it must be at least ${leastBelievedAfterS} in live mode, or a credit that is still on its way is sent twice.`,
    )
  }
  if (read.auth.kind !== 'none' && read.auth.secret === '') {
    problems.push(`${where}.auth.secret is missing, and auth.kind "${read.auth.kind}" needs it.`)
  }
  if (!/^[\w-]+$/.test(read.auth.name) && read.auth.kind === 'header') {
    problems.push(`${where}.auth.name is "${read.auth.name}": it must be the name of a header.`)
  }
  return problems
}
