import { fileURLToPath } from 'node:url'
import Pdf from 'pdfkit'
import { encodeQR } from 'qr'
import { mendMarks } from './mend-font.ts'
import type { ShownReceipt } from './shown-receipt.ts'
import { sentences } from './words.ts'

/** A5 upright, in points. */
const page = { width: 419.53, height: 595.28, margin: 40 }
const qrSide = 96
const inks = { text: '#1c1c21', label: '#55555e', line: '#d0d0d6' }

/** The same receipt in the same language is the same bytes, so that two copies may be compared. */
export async function receiptPdf(shown: ShownReceipt): Promise<Buffer> {
  const document = openDocument(shown)
  const chunks: Buffer[] = []
  const ended = new Promise<void>((resolve, reject) => {
    document.on('data', (chunk: Buffer) => chunks.push(chunk))
    document.on('end', resolve)
    document.on('error', reject)
  })
  const write = writer(document)
  const { language, number, issuer } = shown
  let y = page.margin
  if (issuer !== undefined) y = write(issuer, { y, size: 11 })
  y = write(`${sentences.title.km}  ·  ${sentences.title.en}`, { y, size: 20, bold: true }) + 10
  for (const [label, value] of shown.rows) {
    const under = write(label, { y, size: 9.5, ink: inks.label, width: 150 })
    const below = write(value, { y, size: 10.5, x: page.margin + 158, bold: true })
    y = Math.max(under, below) + 3
    document
      .moveTo(page.margin, y)
      .lineTo(page.width - page.margin, y)
      .lineWidth(0.5)
      .stroke(inks.line)
    y += 4
  }
  y += 6
  for (const note of shown.notes) y = write(note, { y, size: 9 }) + 3
  drawQr(document, shown.url, page.height - page.margin - qrSide)
  const beside = { x: page.margin + qrSide + 14, size: 8.5 }
  const under = write(sentences.check[language], { ...beside, y: page.height - page.margin - qrSide + 6 })
  write(`${number}\n${shown.url}`, { ...beside, y: under + 4, ink: inks.label, size: 7 })
  document.end()
  await ended
  return Buffer.concat(chunks)
}

function openDocument({ number, issuedAt, language }: ShownReceipt): PDFKit.PDFDocument {
  return new Pdf({
    size: [page.width, page.height],
    margin: page.margin,
    lang: language,
    pdfVersion: '1.7',
    // The file's identity is made of these: its own moment would make each copy another file.
    info: {
      Title: `Receipt ${number}`,
      Creator: 'KHQR Hub',
      Producer: 'KHQR Hub',
      CreationDate: issuedAt,
      ModDate: issuedAt,
    },
  })
}

type Placing = {
  readonly y: number
  readonly size: number
  readonly x?: number
  readonly width?: number
  readonly bold?: boolean
  readonly ink?: string
}

/** Writes a text and answers where it ends below. Khmer and Latin letters come from two files of one family. */
function writer(document: PDFKit.PDFDocument): (text: string, placing: Placing) => number {
  for (const weight of [400, 700])
    for (const script of ['khmer', 'latin']) openFont(document, `${script} ${weight}`, fontFile(script, weight))
  return (text, { y, size, x = page.margin, width = page.width - page.margin - x, bold = false, ink = inks.text }) => {
    const weight = bold ? 700 : 400
    const lineHeight = size * 1.75
    let [left, top] = [x, y]
    document.fillColor(ink)
    for (const piece of piecesOf(text)) {
      if (piece === '\n') {
        ;[left, top] = [x, top + lineHeight]
        continue
      }
      document.font(`${isKhmer(piece) ? 'khmer' : 'latin'} ${weight}`).fontSize(size)
      const wide = document.widthOfString(piece)
      if (left + wide > x + width && left > x) [left, top] = [x, top + lineHeight]
      // One that is longer than a line is cut where the line ends: an address, a transaction id.
      for (const part of cut(document, piece.replace(/^ /, left === x ? '' : ' '), width)) {
        if (left + document.widthOfString(part) > x + width && left > x) [left, top] = [x, top + lineHeight]
        document.text(part, left, top + baseline(size), { lineBreak: false, baseline: 'alphabetic' })
        left += document.widthOfString(part)
      }
    }
    return top + lineHeight
  }
}

function openFont(document: PDFKit.PDFDocument, name: string, file: string): void {
  document.registerFont(name, file)
  document.font(name)
  // Where this version of pdfkit has the font that it uses now.
  const inUse = Reflect.get(document, '_font') as { readonly font: unknown }
  mendMarks(inUse.font)
}

function baseline(size: number): number {
  return size * 1.2
}

const graphemes = new Intl.Segmenter('km', { granularity: 'grapheme' })
const words = new Intl.Segmenter('km', { granularity: 'word' })

/** Where a line may break: Khmer writes no spaces, so its words are found by dictionary. A space begins its piece. */
function piecesOf(text: string): string[] {
  const pieces: string[] = []
  for (const { segment } of words.segment(shown(text))) {
    const last = pieces.at(-1)
    const isBound =
      /^[\p{P}]+$/u.test(segment) || last === ' ' || (last !== undefined && /[^\s\u1780-\u17ff]$/u.test(last))
    if (
      segment !== ' ' &&
      segment !== '\n' &&
      last !== undefined &&
      last !== '\n' &&
      isBound &&
      isKhmer(last.trim() || segment) === isKhmer(segment)
    )
      pieces[pieces.length - 1] = last + segment
    else pieces.push(segment)
  }
  return pieces
}

/** What the font has no letter for, as a question mark: an order's number may hold anything. */
function shown(text: string): string {
  return text.replace(/[^\n\u0020-\u007e\u00a0-\u00ff\u1780-\u17ff\u19e0-\u19ff\u200b\u2018-\u201d\u2022]/gu, '?')
}

function isKhmer(text: string): boolean {
  return /[\u1780-\u17ff\u19e0-\u19ff]/u.test(text)
}

function cut(document: PDFKit.PDFDocument, text: string, width: number): string[] {
  if (document.widthOfString(text) <= width) return [text]
  const parts = ['']
  for (const { segment } of graphemes.segment(text)) {
    const longer = (parts.at(-1) ?? '') + segment
    if (document.widthOfString(longer) <= width) parts[parts.length - 1] = longer
    else parts.push(segment)
  }
  return parts
}

function drawQr(document: PDFKit.PDFDocument, text: string, top: number): void {
  const modules = encodeQR(text, 'raw', { ecc: 'medium', border: 2 })
  const side = qrSide / modules.length
  document.fillColor(inks.text)
  modules.forEach((line, row) => {
    line.forEach((isDark, column) => {
      if (isDark) document.rect(page.margin + column * side, top + row * side, side, side)
    })
  })
  document.fill()
}

function fontFile(script: string, weight: number): string {
  return fileURLToPath(
    import.meta.resolve(`@fontsource/noto-sans-khmer/files/noto-sans-khmer-${script}-${weight}-normal.woff`),
  )
}
