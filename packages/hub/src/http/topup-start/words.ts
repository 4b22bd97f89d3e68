import type { Language } from '../language.ts'

/** What sentences are about. */
export type Subject = { readonly least: string; readonly most: string }

export const sentences = {
  title: { en: () => 'Top up a wallet', km: () => 'បញ្ចូលប្រាក់ក្នុងកាបូប' },
  more: {
    en: () => 'Say whose wallet it is and how much. The next page shows the KHQR to pay.',
    km: () => 'សូមបញ្ជាក់កាបូបរបស់អ្នកណា និងចំនួនទឹកប្រាក់។ ទំព័របន្ទាប់បង្ហាញ KHQR ដើម្បីបង់។',
  },
  user: { en: () => 'User', km: () => 'អ្នកប្រើប្រាស់' },
  userHint: {
    en: () => 'The name of the account, as the shop knows it.',
    km: () => 'ឈ្មោះគណនី ដូចដែលហាងស្គាល់។',
  },
  userWrong: {
    en: () => 'Enter the user: 1 to 64 letters, digits, dots, @, - or _, without spaces.',
    km: () => 'សូមបញ្ចូលអ្នកប្រើប្រាស់៖ អក្សរឡាតាំង លេខ ចំណុច @ - ឬ _ ពី 1 ដល់ 64 តួ ដោយគ្មានដកឃ្លា។',
  },
  amount: { en: () => 'Amount', km: () => 'ចំនួនទឹកប្រាក់' },
  amountHint: {
    en: ({ least, most }) => `From ${least} to ${most}.`,
    km: ({ least, most }) => `ពី ${least} ដល់ ${most}។`,
  },
  amountWrong: {
    en: () => 'Enter an amount such as 10.50 in dollars, or 40000 in riel, which has no decimals.',
    km: () => 'សូមបញ្ចូលចំនួនទឹកប្រាក់ ឧទាហរណ៍ 10.50 ជាដុល្លារ ឬ 40000 ជារៀល ដែលគ្មានទសភាគ។',
  },
  amountOutside: {
    en: ({ least, most }) => `The amount must be from ${least} to ${most}.`,
    km: ({ least, most }) => `ចំនួនទឹកប្រាក់ត្រូវតែពី ${least} ដល់ ${most}។`,
  },
  currency: { en: () => 'Currency', km: () => 'រូបិយប័ណ្ណ' },
  USD: { en: () => 'US dollars ($)', km: () => 'ដុល្លារ ($)' },
  KHR: { en: () => 'Riel (៛)', km: () => 'រៀល (៛)' },
  currencyWrong: { en: () => 'Choose one of these currencies.', km: () => 'សូមជ្រើសរើសរូបិយប័ណ្ណមួយ។' },
  method: { en: () => 'Way of paying', km: () => 'វិធីបង់ប្រាក់' },
  methodWrong: {
    en: () => 'Choose a way of paying that takes this currency.',
    km: () => 'សូមជ្រើសរើសវិធីបង់ប្រាក់ដែលទទួលរូបិយប័ណ្ណនេះ។',
  },
  submit: { en: () => 'Show the KHQR', km: () => 'បង្ហាញ KHQR' },
  seeFields: { en: () => 'Something is not right: see below.', km: () => 'មានអ្វីមិនត្រឹមត្រូវ៖ សូមមើលខាងក្រោម។' },
  closed: {
    en: () => 'Wallets cannot be topped up now: no way of paying is open. No money was moved.',
    km: () => 'មិនអាចបញ្ចូលប្រាក់បានទេឥឡូវនេះ៖ គ្មានវិធីបង់ប្រាក់ណាមួយបើកទេ។ គ្មានប្រាក់ត្រូវបានផ្លាស់ប្ដូរទេ។',
  },
  trouble: {
    en: () => 'This top-up could not be opened now. No money was moved: try again in a moment.',
    km: () => 'មិនអាចបើកការបញ្ចូលប្រាក់នេះបានទេឥឡូវនេះ។ គ្មានប្រាក់ត្រូវបានផ្លាស់ប្ដូរទេ៖ សូមព្យាយាមម្ដងទៀតក្នុងពេលបន្តិច។',
  },
  refused: {
    en: () => 'This form was sent from another site, and nothing was done.',
    km: () => 'ទម្រង់នេះត្រូវបានផ្ញើពីគេហទំព័រផ្សេង ហើយគ្មានអ្វីត្រូវបានធ្វើទេ។',
  },
  tooMany: {
    en: () => 'Too many top-ups were begun from here in a minute. Try again in a moment.',
    km: () => 'មានការបញ្ចូលប្រាក់ច្រើនពេកក្នុងមួយនាទី។ សូមព្យាយាមម្ដងទៀតក្នុងពេលបន្តិច។',
  },
} as const satisfies Record<string, Record<Language, (subject: Subject) => string>>

export type SentenceName = keyof typeof sentences
