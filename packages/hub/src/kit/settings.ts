import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'

/** Settings that stop the start: one sentence each, naming the setting, what it got and what it wants. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/**
 * Reads settings by their schema and fills in its defaults; a name the schema does not know is refused. `where` is the
 * path before the names, such as `banks.AMK`. Values of fields marked `secret: true` are never repeated.
 */
export function readSettings<Schema extends TSchema>(schema: Schema, raw: unknown, where: string): Static<Schema> {
  const filled: unknown = Value.Default(schema, Value.Clone(raw ?? {}))
  const problems = Value.Errors(schema, filled).flatMap((error) => describe(schema, filled, where, error))
  if (problems.length > 0) throw new SettingsError([...new Set(problems)])
  return filled as Static<Schema>
}

/** `over` wins, name by name, at every depth. */
export function underlay(under: unknown, over: unknown): unknown {
  if (over === undefined) return under
  if (!isMap(under) || !isMap(over)) return over
  const names = new Set([...Object.keys(under), ...Object.keys(over)])
  return Object.fromEntries([...names].map((name) => [name, underlay(under[name], over[name])]))
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

type SchemaError = {
  readonly keyword: string
  readonly instancePath: string
  readonly params: object
  readonly message: string
}

/** The part of a schema that error sentences speak of. */
type Described = {
  readonly description?: string
  readonly examples?: readonly unknown[]
  readonly secret?: boolean
  readonly properties?: Readonly<Record<string, Described>>
  readonly items?: Described
}

function describe(schema: Described, filled: unknown, where: string, error: SchemaError): string[] {
  const names = error.instancePath.split('/').slice(1)
  const path = [where, ...names].join('.')
  if (error.keyword === 'additionalProperties') return []
  if (error.keyword === 'boolean') return [`${path} is no setting: remove it, or correct its name.`]
  if (error.keyword === 'required') {
    const { requiredProperties = [] } = error.params as { requiredProperties?: readonly string[] }
    return requiredProperties.map((name) =>
      `${path}.${name} is missing. ${hint(partOf(schema, [...names, name]))}`.trim(),
    )
  }
  const part = partOf(schema, names)
  const value = names.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], filled)
  const got = part?.secret === true ? 'a value that is not printed' : shown(value)
  return [`${path} is ${got}: it ${wanted(error, value)}. ${hint(part)}`.trim()]
}

function wanted(error: SchemaError, value: unknown): string {
  const { allowedValues } = error.params as { allowedValues?: readonly unknown[] }
  if (allowedValues) return `must be one of ${allowedValues.join(', ')}`
  if (error.message === 'must be string' && typeof value === 'number') return 'must be text; in YAML, put it in quotes'
  return error.message
}

function hint(part: Described | undefined): string {
  const example = part?.examples?.[0]
  return [part?.description, example === undefined ? undefined : `For example ${String(example)}.`]
    .filter((sentence) => sentence !== undefined)
    .join(' ')
}

function partOf(schema: Described, names: readonly string[]): Described | undefined {
  return names.reduce<Described | undefined>((part, name) => part?.properties?.[name] ?? part?.items, schema)
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`
}
