import { type CardOptions, drawCard, type Line, type Run, type Shape } from './drawing.ts'

/**
 * The card a payer sees: red header, merchant, amount, dashed line, code, in the proportions of NBC's guideline (20:29),
 * as an SVG picture drawn by us. The modules are whole pixels at that width and four of them stay white on every side.
 * Reads the code strictly: throws `KhqrError` for a code that is not whole.
 */
export function cardSvg(qr: string, options: CardOptions = {}): string {
  const { width, height, title, shapes, lines } = drawCard(qr, options)
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">` +
    `<title>${escaped(title)}</title>${shapes.map(shapeMarkup).join('')}` +
    `<g font-family="${fontFamilies}">${lines.map(lineMarkup).join('')}</g></svg>`
  )
}

/** The guideline's face first, then what systems have for Khmer. */
const fontFamilies = 'Nunito Sans, Battambang, Noto Sans Khmer, Khmer OS, Khmer UI, Leelawadee UI, sans-serif'

function shapeMarkup({ path, x, y, scale, fill = 'none', stroke, lineWidth, dash, isCrisp }: Shape): string {
  const edges = isCrisp ? ' shape-rendering="crispEdges"' : ''
  const line = stroke === undefined ? '' : ` stroke="${stroke}" stroke-width="${lineWidth}"`
  const dashes = dash === undefined ? '' : ` stroke-dasharray="${dash.join(' ')}"`
  return `<path fill="${fill}"${line}${dashes}${edges} transform="translate(${x} ${y}) scale(${scale})" d="${path}"/>`
}

function lineMarkup({ x, y, runs }: Line): string {
  return `<text x="${x}" y="${y}">${runs.map(runMarkup).join('')}</text>`
}

function runMarkup({ words, size, gap, isBold }: Run): string {
  const weight = isBold ? ' font-weight="700"' : ''
  const step = gap === 0 ? '' : ` dx="${gap}"`
  return `<tspan font-size="${size}"${weight}${step}>${escaped(words)}</tspan>`
}

/** Markup is escaped; what XML cannot hold is shown as U+FFFD. */
function escaped(words: string): string {
  return words
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
