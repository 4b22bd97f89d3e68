import { textFields } from '../tags.ts'
import { decode } from './decode.ts'
import type { Field } from './fields.ts'
import type { Khqr } from './khqr.ts'

/**
 * A code as a tree that a person can read: a line for every tag with its name and value, then a line for everything
 * that is wrong. Reads any text, whole or not; throws `KhqrError` only for what is no text or longer than any code.
 */
export function inspect(qr: string): string {
  const khqr = decode(qr, { mode: 'lenient' })
  const remarks = remarksOn(khqr)
  const lines = khqr.fields.flatMap((field) => branch(field, remarks, '', ''))
  const problems = khqr.warnings.map(({ message }) => `! ${message}`)
  return [`KHQR, ${qr.length} characters, md5 ${khqr.md5}`, ...lines, ...problems].join('\n')
}

/** How wide the column of names is, indents included. */
const nameWidth = 30

type Remarks = Readonly<Record<string, string | undefined>>

function branch(field: Field, remarks: Remarks, parent: string, indent: string): string[] {
  const path = parent === '' ? field.tag : `${parent}.${field.tag}`
  const name = `${indent}${field.tag} ${labels[path] ?? 'not known here'}`
  const subFields = field.fields ?? []
  if (subFields.length > 0) return [name, ...subFields.flatMap((sub) => branch(sub, remarks, path, `${indent}   `))]
  const remark = remarks[path] === undefined ? '' : ` (${remarks[path]})`
  return [`${name.padEnd(nameWidth)} ${visible(field.value)}${remark}`]
}

/** A code may hold anything; what would move the cursor of a terminal is shown instead. */
function visible(value: string): string {
  return value.replace(/[\p{Cc}\p{Cs}]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** What the values at some paths mean, where that is not plain. */
function remarksOn({ initiation, currency, money, crcFits, createdAt, expiresAt }: Readonly<Khqr>): Remarks {
  return {
    '01': initiation === '12' ? 'dynamic: for one payment' : initiation === '11' ? 'static: printed' : undefined,
    '53': currency,
    '54': money === undefined ? 'no amount' : undefined,
    '63': crcFits ? 'fits' : 'does not fit',
    '99.00': createdAt?.toISOString(),
    '99.01': expiresAt?.toISOString(),
  }
}

const labels: Record<string, string> = {
  '00': 'Payload format',
  '01': 'Point of initiation',
  '29': 'Individual account',
  '30': 'Merchant account',
  '30.00': 'Payee account',
  '30.02': 'Acquiring bank',
  '53': 'Currency',
  '54': 'Amount',
  '58': 'Country',
  '61': 'Postal code',
  '62': 'Additional data',
  '63': 'CRC',
  '64': 'Other language',
  '99': 'Times',
  '99.00': 'Created',
  '99.01': 'Expires',
  ...Object.fromEntries(Object.values(textFields).map(({ path, label }) => [path, label])),
}
