import { createHash } from 'node:crypto'
import { fontFaces } from './fonts.ts'

/** Everything the page looks like. Of us it fetches the Khmer font, of others nothing. */
export const css = [
  fontFaces,
  ':root{color-scheme:light dark;--ground:#f1f2f5;--paper:#fff;--panel:#f5f6f8;--ink:#17181c;--quiet:#50535c;--line:#8a8d97;--focus:#1a56c4}',
  '@media(prefers-color-scheme:dark){:root{--ground:#0d0e11;--paper:#17181c;--panel:#212329;--ink:#f2f3f5;--quiet:#b6bac4;',
  '--line:#7d818c;--focus:#8ab4ff}}',
  '*{box-sizing:border-box}',
  'body{margin:0;background:var(--paper);color:var(--ink);line-height:1.65;overflow-wrap:anywhere;',
  'font-family:"Noto Sans Khmer",system-ui,sans-serif,"Khmer OS Battambang","Khmer OS","Khmer UI","Leelawadee UI","Khmer Sangam MN"}',
  'main{max-width:32rem;margin:0 auto;padding:0 1rem 1.5rem;background:var(--paper)}',
  'nav{display:flex;justify-content:flex-end}',
  'nav a{display:grid;place-items:center;min-width:2.75rem;min-height:2.75rem;padding:0 .5rem;font-size:.9rem;text-underline-offset:.25em}',
  'a{color:inherit}',
  'h1{margin:0;font-size:1.2rem;line-height:1.5;text-wrap:balance}',
  'p{margin:.5rem 0;text-wrap:pretty}',
  '.issuer{margin:0;font-weight:700}',
  '.amount{margin:0;font-size:min(2rem,7.5vw);font-weight:700;line-height:1.5;font-variant-numeric:tabular-nums}',
  'dl{margin:1rem 0;padding:.75rem 1rem;background:var(--panel);border-radius:.6rem;display:grid;grid-template-columns:auto 1fr;',
  'gap:.35rem 1rem;font-size:.95rem}',
  'dt{color:var(--quiet)}',
  'dd{margin:0;text-align:right;font-weight:700;min-width:0}',
  '@media(max-width:22.4rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem;text-align:left}}',
  '.act{display:block;width:100%;min-height:3rem;margin:.75rem 0;padding:.7rem 1rem;border:2px solid var(--line);border-radius:.6rem;',
  'color:var(--ink);font-weight:700;text-align:center;text-decoration:none}',
  ':focus-visible{outline:3px solid var(--focus);outline-offset:2px}',
  '@media(min-width:48rem){body{padding:1.5rem;background:var(--ground)}main{padding:.5rem 2rem 1.75rem;border-radius:1rem}}',
  '@media print{:root{color-scheme:light;--ground:#fff;--paper:#fff;--panel:#fff;--ink:#000;--quiet:#333}nav,form,.act{display:none}',
  'main{max-width:none}}',
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
