import { bakongSchema } from '../../packages/hub/src/banks/bakong/settings.ts'
import { bankQrSchema } from '../../packages/hub/src/banks/bank-qr/settings.ts'
import { paywaySchema } from '../../packages/hub/src/banks/payway/settings.ts'
import { policySystemSchema } from '../../packages/hub/src/billers/policy-system/settings.ts'
import { hubSideSchema } from '../../packages/hub/src/config/bank-settings.ts'
import type { Setting } from '../../packages/hub/src/config/setting-kinds.ts'
import { settingTable } from '../../packages/hub/src/config/setting-table.ts'
import { exampleConfiguration } from './example-configuration.ts'
import { code, fenced, markdownTable, pageHead } from './markdown.ts'

/** The parts of the settings' schemas that the page shows. */
export type SchemaPart = {
  readonly type?: string
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly SchemaPart[]
  readonly items?: SchemaPart
  readonly minimum?: number
  readonly maximum?: number
  readonly pattern?: string
  readonly secret?: boolean
  readonly properties?: Readonly<Record<string, SchemaPart>>
  readonly required?: readonly string[]
}

export type SchemaGroup = {
  readonly title: string
  readonly about: string
  readonly schema: SchemaPart
  /** The file that reads it from the configuration, below the hub's `src`. */
  readonly home: string
  /** Settings that are accepted and change nothing: a test keeps this list true. */
  readonly notReadYet: readonly string[]
}

/** The groups of schema settings, as the page shows them and as a test looks for their readers. */
export const schemaGroups: readonly SchemaGroup[] = [
  {
    title: 'A bank, as the hub sees it: `banks.{CODE}`',
    about:
      'Read by the hub itself, whatever the kind of connector. `{CODE}` is 2 to 20 letters and digits; it becomes the path `/{CODE}/…`.',
    schema: partOf(hubSideSchema),
    home: 'config/bank-settings.ts',
    notReadYet: [],
  },
  {
    title: 'A bank of the kind `bank-qr`: `banks.{CODE}`',
    about:
      'Beside the settings above. A bank that is not named otherwise is of this kind. What each means on the wire: [bank-qr](../packages/hub/src/banks/bank-qr/README.md).',
    schema: partOf(bankQrSchema),
    home: 'banks/bank-qr/settings.ts',
    notReadYet: [],
  },
  {
    title: 'A bank of the kind `bakong`: `banks.{CODE}`',
    about:
      'Beside the settings every bank has. `BAKONG` is of this kind without being told. What each means on the wire: [bakong](../packages/hub/src/banks/bakong/README.md).',
    schema: partOf(bakongSchema),
    home: 'banks/bakong/settings.ts',
    notReadYet: [],
  },
  {
    title: 'A bank of the kind `payway`: `banks.{CODE}`',
    about:
      'Beside the settings every bank has. `ABA` is of this kind without being told. What each means on the wire: [payway](../packages/hub/src/banks/payway/README.md).',
    schema: partOf(paywaySchema),
    home: 'banks/payway/settings.ts',
    notReadYet: [],
  },
  {
    title: 'A policy system: `policySystems.{NAME}`',
    about: 'What each means on the wire: [policy-system](../packages/hub/src/billers/policy-system/README.md).',
    schema: partOf(policySystemSchema),
    home: 'billers/policy-system/settings.ts',
    notReadYet: [],
  },
]

export function configurationPage(): string {
  return `${pageHead('Configuration', sources)}
Settings come from the environment and from a YAML file named with \`--config\`. The environment wins. A setting that is
left out has its default. A wrong one stops the start, with its name, what it got and what it wants; a name that the file
should not have stops it too. A secret's value is never printed or logged.

Every variable below can also be given as a file: \`JWT_SECRET_FILE=/run/secrets/jwt\` reads the value from that file.
Banks and policy systems are set in the YAML file, their secrets included: let nobody but the hub read it. What \`PAYWAY_…\` and
\`BAKONG_…\` say of two banks wins over the file; live mode tells PayWay by \`HUB_PUBLIC_URL\` where to call us, and does not start with
it otherwise.

In sandbox mode nothing needs to be set. Live mode needs \`DATABASE_URL\` and \`JWT_SECRET\`, and starts with no bank and no
policy system unless the file has some. Wallets are topped up through a bank with \`top-ups: true\`; a renewed or entered token of Bakong
is kept only with \`HUB_MASTER_KEY\`, and \`checkout_url\` needs \`HUB_PUBLIC_URL\`.

## The hub

${settingTable.map(settingSection).join('\n\n')}

${schemaGroups.map(groupSection).join('\n\n')}

## An example for live mode

Names, numbers and secrets are made up.

${fenced('yaml', exampleConfiguration)}
`
}

/** TypeBox's own types name every field; the page walks them as what they are: JSON Schema. */
function partOf(schema: object): SchemaPart {
  return schema as SchemaPart
}

const sources = [
  'packages/hub/src/config/setting-table.ts',
  'packages/hub/src/config/bank-settings.ts',
  'packages/hub/src/banks/bank-qr/settings.ts',
  'packages/hub/src/banks/bakong/settings.ts',
  'packages/hub/src/billers/policy-system/settings.ts',
]

function settingSection(setting: Setting): string {
  const { path, env, sentence, unit, example, fallback, secret } = setting
  const facts = [
    `Unit: ${unit}.`,
    fallback === undefined ? 'No default.' : `Default: ${fallback === '' ? 'empty' : code(fallback)}.`,
    `Example: ${code(`${env}=${example}`)}.`,
    secret ? '**Secret.**' : '',
  ]
  return `### ${code(env)}\n\n${sentence}\n\nIn the file: ${code(path)}. ${facts.filter((fact) => fact !== '').join(' ')}`
}

function groupSection({ title, about, schema, notReadYet }: SchemaGroup): string {
  const rows = leavesOf(schema).map(({ path, part, required, sentence }) => [
    code(path),
    [
      sentence,
      ...(part.secret === true ? ['**Secret.**'] : []),
      ...(notReadYet.includes(path) ? ['Changes nothing yet.'] : []),
    ].join(' '),
    unitOf(part),
    required ? 'required' : defaultOf(part),
    shown(part.examples?.[0]),
  ])
  return `## ${title}\n\n${about}\n\n${markdownTable(['setting', 'what it says', 'unit', 'default', 'example'], rows)}`
}

export type SchemaLeaf = {
  /** Dotted, from the bank or policy system on. */
  readonly path: string
  readonly part: SchemaPart
  readonly required: boolean
  readonly sentence: string
}

/** Every value that can be set, in the schema's order; a leaf without a sentence has that of the object it stands in. */
export function leavesOf(schema: SchemaPart, above = '', inherited = ''): SchemaLeaf[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]) => {
    const path = `${above}${name}`
    const sentence = part.description ?? inherited
    if (part.properties) return leavesOf(part, `${path}.`, sentence)
    const required = schema.required?.includes(name) === true && part.default === undefined
    const leaf = { path, part, required, sentence }
    return part.items?.properties ? [leaf, ...leavesOf(part.items, `${path}[].`, sentence)] : [leaf]
  })
}

function unitOf(part: SchemaPart): string {
  if (part.enum) return part.enum.map((word) => code(String(word))).join(', ')
  if (part.anyOf) return part.anyOf.map(unitOf).join(', or ')
  if (part.type === 'array') return part.items?.properties ? 'list of accounts' : `list of ${plural(part.items)}`
  if (part.type === 'boolean') return '`true` or `false`'
  if (part.type === 'integer') return `whole number, ${part.minimum} to ${part.maximum}`
  if (part.type === 'object') return 'map of text to text'
  return 'text'
}

function plural(part: SchemaPart | undefined): string {
  return part?.enum ? unitOf(part) : 'texts'
}

function defaultOf(part: SchemaPart): string {
  const value = part.default
  if (value === undefined || value === '') return 'none'
  if (Array.isArray(value)) return value.length === 0 ? 'empty' : value.map((one) => code(String(one))).join(', ')
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return 'empty'
  return code(String(value))
}

function shown(example: unknown): string {
  if (example === undefined) return ''
  return code(typeof example === 'string' ? example : JSON.stringify(example))
}
