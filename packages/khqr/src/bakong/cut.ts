/** One step of the official reader (bakong-khqr 1.0.20, helper/cutString.js). */
export type Cut = {
  readonly tag: string
  readonly value: string
  readonly rest: string
  /** False where the official reader would read the same text again, for ever. */
  readonly movesOn: boolean
  /** Whether tag and length are two digits each; the official reader also makes something of "-1", "+5" and "3x". */
  readonly isPlain: boolean
}

/**
 * Cuts tag and value off a text as the official reader does: two characters, then as many as `parseInt` makes of the
 * next two, fewer where the text ends. `parseInt` also makes −4 and NaN of them; the rest is then no shorter than the
 * text, and whoever calls this stops there.
 */
export function cut(text: string): Cut {
  const length = text.slice(2, 4)
  const end = 4 + Number.parseInt(length)
  const rest = text.slice(end)
  return {
    tag: text.slice(0, 2),
    value: text.slice(4, end),
    rest,
    movesOn: rest.length < text.length,
    isPlain: /^[0-9]{4}$/.test(text.slice(0, 4)),
  }
}

/** What was cut, and whether all of it was plain: where it is not, the official reader guesses or hangs. */
export type Cuts = { readonly fields: readonly Cut[]; readonly isPlain: boolean }

/** Cuts a template into its sub-fields. */
export function cutTemplate(template: string): Cuts {
  const fields: Cut[] = []
  for (let rest = template; rest !== ''; ) {
    const step = cut(rest)
    fields.push(step)
    if (!step.movesOn) break
    rest = step.rest
  }
  return { fields, isPlain: fields.every((field) => field.isPlain) }
}

/** Every top-level tag, up to the end or to where the official reader stops: at a tag that repeats the one before. */
export function cutCode(text: string): Cuts {
  const fields: Cut[] = []
  let lastTag = ''
  for (let rest = text; rest !== ''; ) {
    const step = cut(rest)
    if (step.tag === lastTag) break
    fields.push(step)
    if (!step.movesOn) break
    // It takes 30 for 29 here, so 29 after 30 is a repeat and 30 after 29 is none.
    lastTag = step.tag === '30' ? '29' : step.tag
    rest = step.rest
  }
  return { fields, isPlain: fields.every((field) => field.isPlain) }
}
