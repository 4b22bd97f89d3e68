import { type ProblemName, problem, type Problem } from '../problem.ts'
import { twoDigits } from '../tags.ts'

/** One tag as it stands in the text. */
export type Field = {
  /** Two digits. */
  readonly tag: string
  readonly value: string
  /** Where the tag begins, in UTF-16 units from the start of the whole text. */
  readonly position: number
  /** The sub-fields of a template; undefined where the value is plain text. */
  readonly fields: readonly Field[] | undefined
}

/** What reading a stretch of text gave: the fields up to its end, or up to the first thing that is not a field. */
export type Reading = { readonly fields: Field[]; readonly fault: Problem | undefined }

/**
 * Reads tag, length, value, tag, length, value… from `start` to `end`. Every step moves at least four characters on,
 * so the time is linear whatever the text says; a length is exactly two digits, so none is negative or missing.
 */
export function readFields(text: string, start: number, end: number): Reading {
  const fields: Field[] = []
  let position = start
  while (position < end) {
    const tag = twoDigitsAt(text, position, end)
    if (tag < 0) return { fields, fault: faultAt('TAG_UNREADABLE', text, position) }
    const length = twoDigitsAt(text, position + 2, end)
    if (length < 0) return { fields, fault: faultAt('LENGTH_UNREADABLE', text, position + 2) }
    const valueStart = position + 4
    const valueEnd = valueStart + length
    if (valueEnd > end) return { fields, fault: faultAt('LENGTH_TOO_LONG', text, position + 2) }
    fields.push({
      tag: twoDigits[tag] as string,
      value: text.slice(valueStart, valueEnd),
      position,
      fields: isTemplate(tag) ? readTemplate(text, tag, valueStart, valueEnd) : undefined,
    })
    position = valueEnd
  }
  return { fields, fault: undefined }
}

/** 26 to 51 hold accounts, 62 and 64 have sub-tags, 80 to 99 belong to vendors and to KHQR's times. Source: EMVCo. */
function isTemplate(tag: number): boolean {
  return (tag >= 26 && tag <= 51) || tag === 62 || tag === 64 || tag >= 80
}

/**
 * The sub-fields of a template. Where its text is not made of fields, those that could be read if the template is one of
 * KHQR's own, and undefined if it is another's: it was perhaps never meant to be one.
 */
function readTemplate(text: string, tag: number, start: number, end: number): Field[] | undefined {
  const fields: Field[] = []
  let position = start
  while (position < end) {
    const subTag = twoDigitsAt(text, position, end)
    const length = twoDigitsAt(text, position + 2, end)
    const valueStart = position + 4
    const valueEnd = valueStart + length
    if (subTag < 0 || length < 0 || valueEnd > end) return isOwnTemplate(tag) ? fields : undefined
    fields.push({
      tag: twoDigits[subTag] as string,
      value: text.slice(valueStart, valueEnd),
      position,
      // ABA writes a template of its own into 62.68; no level lies deeper.
      fields: tag === 62 && subTag >= 50 ? readTemplate(text, 0, valueStart, valueEnd) : undefined,
    })
    position = valueEnd
  }
  return fields
}

/** The templates that KHQR gives a meaning: payee, labels, other language, times. */
export function isOwnTemplate(tag: number): boolean {
  return tag === 29 || tag === 30 || tag === 62 || tag === 64 || tag === 99
}

/** Where a field ends: the position after its last unit. */
export function endOf({ position, value }: Field): number {
  return position + 4 + value.length
}

/** 59 for "59". */
export function tagNumber(tag: string): number {
  return tag.charCodeAt(0) * 10 + tag.charCodeAt(1) - 528
}

/** The number written by two ASCII digits, or −1. */
function twoDigitsAt(text: string, position: number, end: number): number {
  if (position + 2 > end) return -1
  const tens = text.charCodeAt(position) - 48
  const ones = text.charCodeAt(position + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

function faultAt(name: ProblemName, text: string, position: number): Problem {
  return problem(name, { value: text.slice(position, position + 12), position })
}
