import { cutCode, cutTemplate } from './cut.ts'

/** What `BakongKHQR.decode` answers in `data`: always these keys, in this order. */
export type DecodedKhqr = Record<DecodedField, string | null>

const decodedFields = [
  'merchantType',
  'bakongAccountID',
  'accountInformation',
  'merchantID',
  'acquiringBank',
  'billNumber',
  'mobileNumber',
  'storeLabel',
  'terminalLabel',
  'purposeOfTransaction',
  'languagePreference',
  'merchantNameAlternateLanguage',
  'merchantCityAlternateLanguage',
  'creationTimestamp',
  'expirationTimestamp',
  'payloadFormatIndicator',
  'pointofInitiationMethod',
  'unionPayMerchant',
  'merchantCategoryCode',
  'transactionCurrency',
  'transactionAmount',
  'countryCode',
  'merchantName',
  'merchantCity',
  'crc',
] as const

type DecodedField = (typeof decodedFields)[number]

const plainFields: Record<string, DecodedField> = {
  '00': 'payloadFormatIndicator',
  '01': 'pointofInitiationMethod',
  '15': 'unionPayMerchant',
  '52': 'merchantCategoryCode',
  '53': 'transactionCurrency',
  '54': 'transactionAmount',
  '58': 'countryCode',
  '59': 'merchantName',
  '60': 'merchantCity',
  '63': 'crc',
}

const templateFields: Record<string, Record<string, DecodedField | undefined>> = {
  '29': { '00': 'bakongAccountID', '01': 'accountInformation', '02': 'acquiringBank' },
  '30': { '00': 'bakongAccountID', '01': 'merchantID', '02': 'acquiringBank' },
  '62': {
    '01': 'billNumber',
    '02': 'mobileNumber',
    '03': 'storeLabel',
    '07': 'terminalLabel',
    '08': 'purposeOfTransaction',
  },
  '64': {
    '00': 'languagePreference',
    '01': 'merchantNameAlternateLanguage',
    '02': 'merchantCityAlternateLanguage',
  },
  '99': { '00': 'creationTimestamp', '01': 'expirationTimestamp' },
}

/**
 * Reads any text as the official decoder does, CRC and lengths unchecked: what is not found is null, and of a tag that
 * comes twice, apart, the last one counts. Where the official decoder never returns, what was read so far is the answer.
 */
export function decodeAsOfficial(text: unknown): DecodedKhqr {
  const decoded = Object.fromEntries(decodedFields.map((field) => [field, null])) as DecodedKhqr
  if (typeof text !== 'string') return decoded
  const templates: Record<string, string> = {}
  let hasMerchant = false
  for (const { tag, value } of cutCode(text).fields) {
    const plain = plainFields[tag]
    if (plain !== undefined) decoded[plain] = value
    else if (tag === '29' || tag === '30') {
      decoded.merchantType = tag
      hasMerchant ||= tag === '30'
      templates['29'] = value
    } else if (templateFields[tag] !== undefined) templates[tag] = value
  }
  for (const [tag, value] of Object.entries(templates)) {
    readTemplate(decoded, value, templateFields[tag === '29' && hasMerchant ? '30' : tag] ?? {})
  }
  return decoded
}

function readTemplate(
  decoded: Record<string, string | null>,
  template: string,
  names: Record<string, DecodedField | undefined>,
): void {
  let isKnown = false
  for (const { tag, value } of cutTemplate(template).fields) {
    const name = names[tag]
    if (name === undefined) continue
    decoded[name] = value
    isKnown = true
  }
  // The official decoder spreads a template that holds no sub-tag it knows: {"0": "6", "1": "8", …}. Kept, because
  // equal answers are the promise of this entry.
  if (!isKnown) Object.assign(decoded, template)
}
