import type { TopupMethod } from '../../src/flows/open-topup.ts'
import type { Language } from '../../src/http/language.ts'
import type { PageLook } from '../../src/http/page-look.ts'
import { noReceiptPage, receiptPage } from '../../src/http/receipts/page.ts'
import { sentences } from '../../src/http/receipts/words.ts'
import { startPage } from '../../src/http/topup-start/page.ts'
import { khr, usd } from './sample-payment.ts'

// The pages around a payment's own: where a top-up begins, and the receipt.

export const otherPageNames = ['topup', 'topup-wrong', 'topup-closed', 'receipt', 'no-receipt'] as const
export type OtherPage = (typeof otherPageNames)[number]

const methods: readonly TopupMethod[] = [
  {
    code: 'BAKONG',
    currencies: ['USD', 'KHR'],
    limits: {
      USD: { min: usd(1n), max: usd(100_000n) },
      KHR: { min: khr(100n), max: khr(4_000_000n) },
    },
  },
]

export function renderOther(name: OtherPage, look: PageLook, language: Language, digits: 'km' | 'latn'): string {
  if (name === 'no-receipt') return noReceiptPage('disagrees', { language, path: '/receipt/2026-0000001' })
  if (name === 'receipt') return receiptPage(sampleReceiptOf(language), '/receipt/2026-0000001')
  const isWrong = name === 'topup-wrong'
  return startPage(look, {
    choices: { language, digits, path: '/topup', chosenPath: '/topup' },
    methods: name === 'topup-closed' ? [] : methods,
    typed: { user: isWrong ? 'two words' : '', amount: isWrong ? '1000.01' : '', currency: 'USD', method: 'BAKONG' },
    problems: isWrong ? { user: 'userWrong', amount: 'amountOutside' } : {},
    trouble: undefined,
  })
}

function sampleReceiptOf(language: Language): Parameters<typeof receiptPage>[0] {
  const say = (name: keyof typeof sentences) => sentences[name][language]
  const isKhmer = language === 'km'
  return {
    language,
    issuer: 'Sample Insurance',
    number: '2026-0000001',
    issuedAt: new Date('2026-01-07T05:00:00Z'),
    amount: isKhmer ? '150.00 ដុល្លារ' : 'USD 150.00',
    rows: [
      [say('number'), '2026-0000001'],
      [say('payment'), '150001'],
      [say('premium'), 'P123456789'],
      [say('dueDate'), '2026-02-15'],
      [say('payer'), 'S** S*****'],
      [say('amount'), isKhmer ? '150.00 ដុល្លារ' : 'USD 150.00'],
      [say('paidAt'), isKhmer ? 'ថ្ងៃទី 7 ខែមករា ឆ្នាំ2026 ម៉ោង 12:01' : '7 January 2026, 12:01'],
      [say('bank'), 'AMK'],
      [say('transaction'), 'AMK0f8fad5bd9cb469fa16570867728950e'],
    ],
    notes: [say('verified')],
    url: 'http://127.0.0.1:8080/receipt/2026-0000001',
  }
}
