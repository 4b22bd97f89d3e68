import { readFileSync, writeFileSync } from 'node:fs'
import {
  cardSvg,
  decode,
  encode,
  inspect,
  KhqrError,
  type KhqrInput,
  readPng,
  toPng,
  toSvg,
  verify,
} from '@khqr-hub/khqr'
import type { Command } from 'commander'
import { UsageError } from './usage-error.ts'

/** `khqr-hub khqr encode|decode|verify|draw`: the package on the command line. Needs no hub. */
export function khqrCommand(program: Command): void {
  const khqr = program.command('khqr').description('write, read, check and draw KHQR codes')
  khqr
    .command('encode')
    .description(
      'write a code from a JSON file ("-" = standard input), such as {"kind":"individual","payeeAccount":"me@bank",…}',
    )
    .argument('<file>', 'JSON file with the fields of the code')
    .option('--json', 'print the code and its MD5 as JSON')
    .action((file: string, options: { json?: true }) =>
      explained(() => {
        const { qr, md5 } = encode(readInput(file))
        console.log(options.json ? JSON.stringify({ qr, md5 }) : qr)
      }),
    )
  khqr
    .command('decode')
    .description('show what a code says, field by field')
    .argument('<code>', 'the text of the code, or a PNG file')
    .option('--lenient', 'read what can be read')
    .option('--json', 'print the fields as JSON')
    .action((code: string, options: { lenient?: true; json?: true }) =>
      explained(() => {
        const text = readCode(code)
        if (!options.json) return console.log(inspect(text))
        const read = decode(text, { mode: options.lenient ? 'lenient' : 'strict' })
        console.log(
          JSON.stringify({ ...read, md5: read.md5 }, (_key, value: unknown) =>
            typeof value === 'bigint' ? value.toString() : value,
          ),
        )
      }),
    )
  khqr
    .command('verify')
    .description('say whether a code is valid now, or why not; the exit code says it too')
    .argument('<code>', 'the text of the code, or a PNG file')
    .option('--json', 'print the verdict as JSON')
    .action((code: string, options: { json?: true }) =>
      explained(() => {
        const { valid, reasons, warnings } = verify(readCode(code), { now: Date.now() })
        if (options.json) console.log(JSON.stringify({ valid, reasons, warnings }))
        else
          console.log(
            [valid ? 'valid' : 'not valid', ...[...reasons, ...warnings].map((one) => `  ${one.message}`)].join('\n'),
          )
        if (!valid) process.exitCode = 1
      }),
    )
  addDraw(khqr)
}

function addDraw(khqr: Command): void {
  khqr
    .command('draw')
    .description('draw a code as a PNG or SVG picture, bare or as the card a payer sees (SVG)')
    .argument('<code>', 'the text of the code')
    .argument('<file>', 'picture to write: name.png or name.svg')
    .option('--size <pixels>', 'pixels of one side, 100 to 4000', '400')
    .option('--card', 'the card: red header, merchant, amount, code')
    .option('--language <language>', 'words on the card: en or km', 'en')
    .action((code: string, file: string, options: { size: string; card?: true; language: string }) =>
      explained(() => {
        const size = readSize(options.size)
        if (options.language !== 'en' && options.language !== 'km')
          throw new UsageError(`--language: "${options.language.slice(0, 20)}" must be en or km.`)
        if (/\.svg$/i.test(file))
          writeFileSync(
            file,
            options.card ? cardSvg(code, { width: size, language: options.language }) : toSvg(code, { size }),
          )
        else if (/\.png$/i.test(file) && !options.card) writeFileSync(file, toPng(code, { size }))
        else
          throw new UsageError(`"${file.slice(0, 80)}": write to a name that ends in .png or .svg; the card in .svg.`)
        console.error(`Written to ${file}`)
      }),
    )
}

/** What the package refuses is an answer, not a fault of ours. */
function explained(act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof KhqrError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}

function readInput(file: string): KhqrInput {
  const text = readFileSync(file === '-' ? 0 : file, 'utf8')
  try {
    return JSON.parse(text) as KhqrInput
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : ''}`)
  }
}

function readCode(code: string): string {
  return /\.png$/i.test(code) ? readPng(readFileSync(code)) : code
}

function readSize(text: string): number {
  const size = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (size < 100 || size > 4_000) throw new UsageError(`--size: "${text.slice(0, 20)}" must be 100 to 4000 pixels.`)
  return size
}
