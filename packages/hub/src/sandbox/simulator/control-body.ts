/** A control call that cannot be done: which field, which value, and what to do. */
export class ControlRefusal extends Error {
  override readonly name = 'ControlRefusal'
  readonly status: number
  readonly field: string
  readonly value: unknown
  readonly more: Readonly<Record<string, unknown>>
  constructor(
    status: number,
    field: string,
    value: unknown,
    message: string,
    more: Readonly<Record<string, unknown>> = {},
  ) {
    super(message)
    this.status = status
    this.field = field
    this.value = value
    this.more = more
  }
}

export type ControlBody = ReturnType<typeof readFields>

/** Reads a control call's JSON body, knowing the names it may have. Every method refuses with 400 what it cannot read. */
export function readControlBody(raw: unknown, names: readonly string[]) {
  return readFields(parse(raw), names, '')
}

/** As `readControlBody`, of an object that stands in the field `field`; undefined where the field is left out. */
export function readNested(body: ControlBody, field: string, names: readonly string[]): ControlBody | undefined {
  if (!body.has(field)) return undefined
  const value = body.value(field)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return readFields({ ...value }, names, `${field}.`)
  }
  return body.refuse(field, `use an object with some of ${names.join(', ')}.`)
}

/** `prefix` stands before a field's name in refusals. */
function readFields(fields: Readonly<Record<string, unknown>>, names: readonly string[], prefix: string) {
  const unknown = Object.keys(fields).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new ControlRefusal(
      400,
      prefix + unknown,
      fields[unknown],
      `There is no field "${prefix}${unknown}" here; use ${names.join(', ')}.`,
    )
  }
  const refuse = (field: string, wanted: string): never => {
    const value = fields[field]
    const said = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`
    throw new ControlRefusal(400, prefix + field, value ?? null, `${prefix}${field} ${said}; ${wanted}`)
  }

  return {
    has: (field: string): boolean => fields[field] !== undefined && fields[field] !== null,
    value: (field: string): unknown => fields[field],
    refuse,

    /** A text or a number, as text. */
    text(field: string, wanted: string): string {
      const value = fields[field]
      const text = typeof value === 'number' ? String(value) : value
      return typeof text === 'string' && text !== '' && text.length <= 1000 ? text : refuse(field, wanted)
    },

    /** One of a list, in any case. */
    oneOf<Choice extends string>(field: string, choices: readonly Choice[], fallback?: Choice): Choice {
      const value = fields[field]
      if (value === undefined && fallback !== undefined) return fallback
      const choice = choices.find((one) => one.toLowerCase() === String(value).toLowerCase())
      return choice ?? refuse(field, `use one of ${choices.join(', ')}.`)
    },

    flag(field: string): boolean {
      const value = fields[field]
      if (value === undefined || value === false || value === 'false') return false
      return value === true || value === 'true' || refuse(field, 'use true or false.')
    },

    whole(field: string, range: { least: number; most: number; fallback?: number }): number {
      const value = fields[field]
      if (value === undefined && range.fallback !== undefined) return range.fallback
      const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
      if (typeof number === 'number' && Number.isInteger(number) && number >= range.least && number <= range.most) {
        return number
      }
      return refuse(field, `use a whole number from ${range.least} to ${range.most}.`)
    },
  }
}

function parse(raw: unknown): Readonly<Record<string, unknown>> {
  const text = raw instanceof Buffer ? raw.toString('utf8') : ''
  if (text.trim() === '') return {}
  const wanted = 'send a JSON object such as {"bank":"AMK","paymentId":150001}.'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ControlRefusal(400, 'body', text.slice(0, 200), `The body is not JSON; ${wanted}`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ControlRefusal(400, 'body', value, `The body is not a JSON object; ${wanted}`)
  }
  return { ...value }
}
