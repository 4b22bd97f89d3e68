import { createHash } from 'node:crypto'
import { fontFaces } from './fonts.ts'

/** Everything the page looks like. Of us it fetches the Khmer font, of others nothing. */
export const css = [
  fontFaces,
  ':root{color-scheme:light}',
  '*{box-sizing:border-box}',
  'body{margin:0;background:#f4f4f6;color:#1c1c21;line-height:1.6;',
  'font-family:"Noto Sans Khmer","Khmer OS Battambang","Khmer OS","Khmer UI","Leelawadee UI","Khmer Sangam MN",system-ui,sans-serif}',
  'main{max-width:26rem;margin:0 auto;padding:1rem}',
  'nav{text-align:right}',
  'a{color:#a3121b}',
  'h1{margin:.25rem 0;font-size:1.5rem;line-height:1.4}',
  'svg{display:block;width:100%;max-width:20rem;height:auto;margin:1rem auto}',
  'dl{margin:1rem 0;padding:.75rem 1rem;background:#fff;border-radius:.5rem;display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem}',
  'dt{color:#55555e}',
  'dd{margin:0;text-align:right;font-weight:600;overflow-wrap:anywhere}',
  '.note{padding:.75rem 1rem;background:#fff6dc;border-left:.25rem solid #b98900;border-radius:.25rem}',
  'button,.act{display:block;width:100%;margin:.75rem 0;padding:.8rem 1rem;border:0;border-radius:.5rem;background:#c8101a;color:#fff;',
  'font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}',
  '.plain{background:#fff;color:#a3121b;border:1px solid #a3121b}',
  ':focus-visible{outline:3px solid #1f5fbf;outline-offset:2px}',
  '@media print{body{background:#fff}nav,form,.act{display:none}dl{padding:0}main{max-width:none}}',
].join('')

const styleSource = `style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'`

/** Nothing runs, only our font is fetched, nobody frames it, and its form goes back to us, or to the bank whose page it shows. */
export function contentSecurityPolicy(bankPage: string | undefined): string {
  return [
    "default-src 'none'",
    styleSource,
    "font-src 'self'",
    `form-action 'self'${bankPage === undefined ? '' : ` ${new URL(bankPage).origin}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
