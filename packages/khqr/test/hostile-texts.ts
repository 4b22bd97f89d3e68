import { seal } from '../src/code/encode.ts'
import type { Random } from './random.ts'
import { codes } from './vectors.ts'

/** Texts on which other decoders never return, or once did: each begins a family of cases. */
const hangs: readonly string[] = [
  '620401xx',
  '62050101x0',
  '29040axx',
  '30xx',
  '62-4',
  '6204-4ab',
  '99-101-9',
  '291200-40101-401',
  '30990032aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@0132bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb0232cccccccccccccccccccccc',
  '000201290',
  '64026',
]

const values: readonly string[] = [
  '',
  '0',
  'KH',
  'abc',
  '0103abc',
  '010',
  '01xx',
  '6804zzzz',
  '0013179521980000',
  '00131795219800000',
  '0009khqr@aclb0307qrpayme',
  '-1',
  '1e21',
  'ហាងនំប៉័ង',
  '😀',
  '\ud83d',
  '\u0000',
]

const characters: readonly string[] = [...'0123456789012345678901234567890123456789abXZ @-+.x\n\t\0កខ', '\ud800', '😀']

/** The longest text that is made, in UTF-16 units. */
const longest = 4096

/** A text that was a code once, or never: damaged, respliced, grown, sealed again with a CRC that fits, or plain noise. */
export function hostileText(random: Random): string {
  if (random.chance(3)) return noise(random, random.below(longest))
  let text = random.chance(15) ? frame(random.pick(hangs)) : random.pick(codes)
  for (let step = random.below(5); step > 0; step--) text = damage(random, text)
  if (random.chance(2)) text = text.repeat(1 + Math.floor(longest / (text.length + 1)))
  if (random.chance(60)) text = seal(`${text.replace(/6304.{0,4}$/, '')}6304`).qr
  return text.slice(0, longest)
}

/** Between the head and the tail of a good code. */
function frame(middle: string): string {
  return `00020101021129130009rith@devb${middle}5204599953031165802KH5910Rith Store6010Phnom Penh`
}

function damage(random: Random, text: string): string {
  const at = random.below(text.length + 1)
  const kind = random.below(7)
  if (kind === 0) return text.slice(0, at) + random.pick(characters) + text.slice(at)
  if (kind === 1) return text.slice(0, at) + text.slice(at + 1 + random.below(4))
  if (kind === 2) return text.slice(0, at) + random.pick(characters) + text.slice(at + 1)
  if (kind === 3) return text.slice(0, at) + field(random) + text.slice(at)
  if (kind === 4) return text.slice(0, at) + random.pick(hangs) + text.slice(at)
  if (kind === 5) return text.slice(0, at)
  const other = random.pick(codes)
  return text.slice(0, at) + other.slice(random.below(other.length))
}

function field(random: Random): string {
  const value = random.pick(values)
  return String(random.below(100)).padStart(2, '0') + String(value.length).padStart(2, '0') + value
}

function noise(random: Random, length: number): string {
  let text = ''
  while (text.length < length) text += random.chance(70) ? String(random.below(100)) : random.pick(characters)
  return text
}
