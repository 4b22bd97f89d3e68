import { damagedBooks } from '../support/damage.ts'
import { sampleCode } from '../support/sample-code.ts'

// qr_truth: a code that was shown, against the payment and the account as they stand now.

const { payments, suffer } = await damagedBooks()
const { completed, processing } = payments
const of = `payment_number = ${processing.number}`
const says = (text: string) => new RegExp(`^Code \\d+ of BANK01 for payment ${processing.number}: ${text}$`)
const show = ({ qrString, qrMd5 }: { qrString: string; qrMd5: string }) =>
  `update attempts set qr_string = '${qrString}', qr_md5 = '${qrMd5}' where ${of}`

suffer([
  {
    what: 'the code of another payment',
    plant: show(sampleCode(completed)),
    red: { qr_truth: says(`it says bill number "${completed.number}", and the payment is ${processing.number}`) },
  },
  {
    what: 'a code of another amount',
    plant: show(sampleCode({ ...processing, amount: { ...processing.amount, amountMinor: 1n } })),
    red: { qr_truth: says('it says amount "0.01", and the payment is USD 150.00') },
  },
  {
    what: 'a code of another currency',
    plant: show(sampleCode({ ...processing, amount: { currency: 'KHR', amountMinor: 15_000n } })),
    red: { qr_truth: says('it says currency "116", and the payment is in USD') },
  },
  {
    what: 'a code that was changed by one character',
    plant: `update attempts set qr_string = replace(qr_string, '5802KH', '5802KX'), qr_md5 = md5(replace(qr_string, '5802KH', '5802KX')) where ${of}`,
    red: { qr_truth: says('it is not a KHQR: .*') },
  },
  {
    what: 'the MD5 of another code',
    plant: `update attempts set qr_md5 = md5('another') where ${of}`,
    red: { qr_truth: says('its MD5 is kept as that of another code') },
  },
  {
    what: 'an account that pays somebody else',
    plant: `update merchant_accounts set payee_account = 'somebody.else@wrng' where bank_code = 'BANK01' and currency = 'USD'`,
    red: {
      qr_truth: /^Code \d+ of BANK01 for payment \d+: it pays "sample@bank", and our account is somebody.else@wrng$/,
    },
  },
  {
    what: 'an account that has another merchant id',
    plant: `update merchant_accounts set payee_merchant_id = 'M-1' where bank_code = 'BANK01' and currency = 'USD'`,
    red: { qr_truth: /^Code \d+ of BANK01 for payment \d+: it pays merchant none, and our merchant id is M-1$/ },
  },
])
