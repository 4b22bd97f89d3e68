import { createRequire } from 'node:module'

/** The libraries we are measured against, by the little that is used of them: most come without types. */
const load = createRequire(import.meta.url)

type JsQr = (data: Uint8ClampedArray, width: number, height: number) => { readonly data: string } | null

export function loadJsQr(): JsQr {
  const loaded = load('jsqr') as JsQr | { readonly default: JsQr }
  return typeof loaded === 'function' ? loaded : loaded.default
}

export type Qrcode = {
  create(text: string, options: { errorCorrectionLevel: 'M' }): { readonly modules: { readonly size: number } }
  toDataURL(text: string, options: { errorCorrectionLevel: 'M'; width: number }): Promise<string>
  toString(text: string, options: { errorCorrectionLevel: 'M'; type: 'svg' }): Promise<string>
}

export function loadQrcode(): Qrcode {
  return load('qrcode') as Qrcode
}

/** What bakong-khqr exports, and what `src/bakong` exports too. */
export type OfficialSdk = typeof import('../src/bakong/index.ts')

export function loadOfficialSdk(): OfficialSdk {
  return load('bakong-khqr') as OfficialSdk
}
