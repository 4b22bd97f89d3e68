import { Type } from 'typebox'
import type { Static } from 'typebox'
import { addressProblem } from '../../kit/address.ts'
import { readSettings, SettingsError } from '../../kit/settings.ts'

const closed = { additionalProperties: false } as const

const path = (description: string, example: string) => Type.String({ minLength: 1, description, examples: [example] })

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
        body: Type.Record(Type.String(), Type.String(), {
          description:
            'JSON body; each value a template of {paymentNumber}, {policyNumber}, {amount}, {currency}, {dueDate}, {paidAt}, {bank}, {transactionId}. A value that is just "#amount" is written as a JSON number.',
        }),
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
  const problems = contradictions(read, where)
  const problem = addressProblem(read['base-url'], { sandbox: mode.sandbox, allowPlainHttp: read['allow-plain-http'] })
  if (problem) problems.push(`${where}.base-url ${problem}.`)
  if (problems.length > 0) throw new SettingsError(problems)
  return { ...read, 'base-url': read['base-url'].replace(/\/+$/, '') }
}

const creditFields = [
  'paymentNumber',
  'policyNumber',
  'amount',
  'currency',
  'dueDate',
  'paidAt',
  'bank',
  'transactionId',
]

function contradictions(read: PolicySystemSettings, where: string): string[] {
  const problems: string[] = []
  for (const [name, path, placeholder] of [
    ['look-up.path', read['look-up'].path, '{number}'],
    ['credit.path', read.credit.path, ''],
    ['find-credit.path', read['find-credit'].path, '{paymentNumber}'],
    ['health-path', read['health-path'], ''],
  ] as const) {
    if (!path.startsWith('/')) problems.push(`${where}.${name} is "${path}": it must begin with a slash.`)
    if (!path.includes(placeholder)) problems.push(`${where}.${name} is "${path}": it must contain ${placeholder}.`)
  }
  for (const [name, template] of Object.entries(read.credit.body)) {
    const unknown = [...template.matchAll(/\{(\w+)\}/g)]
      .map((match) => match[1] ?? '')
      .filter((one) => !creditFields.includes(one))
    for (const one of unknown) {
      problems.push(`${where}.credit.body.${name} has {${one}}: it must be one of ${creditFields.join(', ')}.`)
    }
  }
  if (read.auth.kind !== 'none' && read.auth.secret === '') {
    problems.push(`${where}.auth.secret is missing, and auth.kind "${read.auth.kind}" needs it.`)
  }
  if (!/^[\w-]+$/.test(read.auth.name) && read.auth.kind === 'header') {
    problems.push(`${where}.auth.name is "${read.auth.name}": it must be the name of a header.`)
  }
  return problems
}
