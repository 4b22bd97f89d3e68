import { parseArgs } from 'node:util'
import { decodeTlv, KHQRGenerator } from 'konthaina-khqr'
import { CURRENCY, KHQR, TAG } from 'ts-khqr'
import { BakongKHQR, MerchantInfo } from '../src/bakong/index.ts'
import { cardSvg, decode, encode, readPng, toPng, toSvg, verify } from '../src/index.ts'
import { makeMatrix } from '../src/qr/matrix.ts'
import { loadOfficialSdk, loadQrcode } from '../test/peers.ts'

/**
 * Operations a second beside the other libraries, in one process: `node bench/bench.ts`. The contenders of a block take
 * turns, and each figure is the median of its rounds; the ratio is ours to the best of those that do the same work. Codes
 * on which a peer hangs are left out: it would be infinitely slow.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, ms: { type: 'string', default: '200' } },
})

const now = Date.now()
const expiresAt = now + 600_000
const full = {
  kind: 'merchant',
  payeeAccount: 'market@abaa',
  merchantName: 'Angkor Books',
  merchantCity: 'Phnom Penh',
  merchantId: 'M-770012',
  acquiringBank: 'ABA Bank',
  currency: 'USD',
  amount: '12.50',
  expiresAt,
  merchantCategoryCode: '5812',
  billNumber: 'INV-2026-000123',
  mobileNumber: '85512345678',
  storeLabel: 'Riverside',
  terminalLabel: 'POS-32',
  purpose: 'Invoice payment',
  language: 'km',
  alternateName: 'ហាងក្រុមហ៊ុន',
  alternateCity: 'ភ្នំពេញ',
} as const
const labels = {
  billNumber: full.billNumber,
  mobileNumber: full.mobileNumber,
  storeLabel: full.storeLabel,
  terminalLabel: full.terminalLabel,
  purposeOfTransaction: full.purpose,
}
const languageLabels = {
  languagePreference: full.language,
  merchantNameAlternateLanguage: full.alternateName,
  merchantCityAlternateLanguage: full.alternateCity,
}
const options = {
  currency: 840,
  amount: 12.5,
  expirationTimestamp: expiresAt,
  merchantCategoryCode: '5812',
  ...labels,
  ...languageLabels,
}

const official = loadOfficialSdk()
const qrcode = loadQrcode()

/** As it comes over the wire: one flat text, not the pieces it was made of. */
const code = Buffer.from(encode(full).qr).toString()
const shown = code.slice(0, 150)
const hostile = '62040100'.repeat(512)
const png = toPng(shown, { size: 300 })

type Contender = { readonly name: string; readonly run: () => unknown; readonly isPeer?: boolean }

const blocks: { readonly what: string; readonly contenders: readonly Contender[] }[] = [
  {
    what: `encode with MD5: every field, ${code.length} characters`,
    contenders: [
      { name: 'ours', run: () => encode(full) },
      { name: 'ours, drop-in', run: () => generateWith({ BakongKHQR, MerchantInfo }) },
      { name: 'bakong-khqr', run: () => generateWith(official), isPeer: true },
      { name: 'ts-khqr', run: generateWithTsKhqr, isPeer: true },
      { name: 'konthaina-khqr (no expiry)', run: generateWithKonthaina },
    ],
  },
  {
    what: 'decode the same',
    contenders: [
      { name: 'ours', run: () => decode(code) },
      { name: 'ours, with MD5', run: () => decode(code).md5 },
      { name: 'ours, drop-in', run: () => BakongKHQR.decode(code) },
      { name: 'bakong-khqr', run: () => official.BakongKHQR.decode(code), isPeer: true },
      { name: 'ts-khqr', run: () => KHQR.parse(code), isPeer: true },
      { name: 'konthaina-khqr (flat)', run: () => decodeTlv(code) },
    ],
  },
  {
    what: 'verify the same',
    contenders: [
      { name: 'ours', run: () => verify(code, { now }) },
      { name: 'ours, drop-in', run: () => BakongKHQR.verify(code) },
      { name: 'bakong-khqr', run: () => official.BakongKHQR.verify(code), isPeer: true },
      { name: 'ts-khqr', run: () => KHQR.verify(code), isPeer: true },
      { name: 'konthaina-khqr (CRC only)', run: () => KHQRGenerator.verify(code) },
    ],
  },
  {
    what: 'PNG of 150 characters, 300 px, level M',
    contenders: [
      { name: 'ours', run: () => toPng(shown, { size: 300 }) },
      {
        name: 'qrcode.toDataURL',
        run: () => qrcode.toDataURL(shown, { errorCorrectionLevel: 'M', width: 300 }),
        isPeer: true,
      },
    ],
  },
  {
    what: 'SVG of the same',
    contenders: [
      { name: 'ours', run: () => toSvg(shown) },
      { name: 'ours, card', run: () => cardSvg(code) },
      {
        name: 'qrcode.toString',
        run: () => qrcode.toString(shown, { errorCorrectionLevel: 'M', type: 'svg' }),
        isPeer: true,
      },
    ],
  },
  {
    what: 'matrix alone',
    contenders: [
      { name: 'ours', run: () => makeMatrix(shown) },
      { name: 'qrcode.create', run: () => qrcode.create(shown, { errorCorrectionLevel: 'M' }), isPeer: true },
    ],
  },
  { what: 'read a PNG of 300 px', contenders: [{ name: 'ours', run: () => readPng(png) }] },
  {
    what: `decode and verify ${hostile.length} hostile characters`,
    contenders: [
      { name: 'ours, decode', run: () => decode(hostile, { mode: 'lenient' }) },
      { name: 'ours, verify', run: () => verify(hostile, { now }) },
      { name: 'ours, drop-in decode', run: () => BakongKHQR.decode(hostile) },
    ],
  },
]

function generateWith({ BakongKHQR: Sdk, MerchantInfo: Info }: Pick<typeof official, 'BakongKHQR' | 'MerchantInfo'>) {
  const information = new Info('market@abaa', 'Angkor Books', 'Phnom Penh', 'M-770012', 'ABA Bank', options)
  return new Sdk().generateMerchant(information)
}

function generateWithTsKhqr() {
  return KHQR.generate({
    tag: TAG.MERCHANT,
    accountID: 'market@abaa',
    merchantName: 'Angkor Books',
    merchantCity: 'Phnom Penh',
    merchantID: 'M-770012',
    acquiringBank: 'ABA Bank',
    currency: CURRENCY.USD,
    amount: 12.5,
    expirationTimestamp: expiresAt,
    merchantCategoryCode: '5812',
    additionalData: labels,
    languageData: languageLabels,
  })
}

function generateWithKonthaina() {
  return new KHQRGenerator('merchant')
    .setStatic(false)
    .setBakongAccountId('market@abaa')
    .setMerchantName('Angkor Books')
    .setMerchantId('M-770012')
    .setAcquiringBank('ABA Bank')
    .setMerchantCity('Phnom Penh')
    .setCurrency('USD')
    .setAmount('12.50')
    .setBillNumber(labels.billNumber)
    .setMobileNumber(labels.mobileNumber)
    .setStoreLabel(labels.storeLabel)
    .setTerminalLabel(labels.terminalLabel)
    .setPurposeOfTransaction(labels.purposeOfTransaction)
    .setMerchantAlternateLanguagePreference('km')
    .setMerchantNameAlternateLanguage(full.alternateName)
    .setMerchantCityAlternateLanguage(full.alternateCity)
    .generate()
}

/** Operations a second over about `ms` milliseconds; promises are waited for. */
async function measure(run: () => unknown, ms: number): Promise<number> {
  const started = performance.now()
  let done = 0
  let tookMs = 0
  while (tookMs < ms) {
    for (let index = 0; index < 10; index++) {
      const result = run()
      if (result instanceof Promise) await result
    }
    done += 10
    tookMs = performance.now() - started
  }
  return (done * 1000) / tookMs
}

function median(figures: readonly number[]): number {
  return figures.toSorted((left, right) => left - right)[figures.length >> 1] as number
}

console.log(`Node ${process.version}, ${values.rounds} rounds of ${values.ms} ms`)
for (const { what, contenders } of blocks) {
  const figures = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]))
  for (const { run } of contenders) await measure(run, 150)
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [contender, list] of figures) list.push(await measure(contender.run, Number(values.ms)))
  }
  const best = Math.max(...contenders.filter(({ isPeer }) => isPeer).map((peer) => median(figures.get(peer) ?? [])))
  console.log(`\n${what}`)
  for (const [{ name, isPeer }, list] of figures) {
    const ratio = isPeer || !Number.isFinite(best) ? '' : `${(median(list) / best).toFixed(1)} ×`
    console.log(`  ${name.padEnd(28)} ${Math.round(median(list)).toLocaleString('en').padStart(12)}/s  ${ratio}`)
  }
}
