/** One step of the official reader (bakong-khqr 1.0.20, helper/cutString.js). */
export type Cut = {
  readonly tag: string
  readonly value: string
  readonly rest: string
  /** False where the official reader would read the same text again, for ever. */
  readonly movesOn: boolean
}

/**
 * Cuts tag and value off a text as the official reader does: two characters, then as many as `parseInt` makes of the
 * next two, fewer where the text ends. `parseInt` also makes −4 and NaN of them; the rest is then no shorter than the
 * text, and whoever calls this stops there.
 */
export function cut(text: string): Cut {
  const end = 4 + Number.parseInt(text.slice(2, 4))
  const rest = text.slice(end)
  return { tag: text.slice(0, 2), value: text.slice(4, end), rest, movesOn: rest.length < text.length }
}

/** Cuts a template into its sub-fields. `isWhole` is false where the official reader would hang. */
export function cutTemplate(template: string): { readonly subFields: readonly Cut[]; readonly isWhole: boolean } {
  const subFields: Cut[] = []
  for (let rest = template; rest !== ''; ) {
    const step = cut(rest)
    subFields.push(step)
    if (!step.movesOn) return { subFields, isWhole: false }
    rest = step.rest
  }
  return { subFields, isWhole: true }
}

/** Every top-level tag, up to the end or to where the official reader stops: at a tag that repeats the one before. */
export function cutCode(text: string): { readonly fields: readonly Cut[]; readonly isWhole: boolean } {
  const fields: Cut[] = []
  let lastTag = ''
  for (let rest = text; rest !== ''; ) {
    const step = cut(rest)
    if (step.tag === lastTag) break
    fields.push(step)
    // It takes 30 for 29 here, so 29 after 30 is a repeat and 30 after 29 is none.
    lastTag = step.tag === '30' ? '29' : step.tag
    if (!step.movesOn) return { fields, isWhole: step.tag !== '30' }
    rest = step.rest
  }
  return { fields, isWhole: true }
}
